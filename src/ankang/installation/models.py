"""One row about this installation: is it sample data, and what day does the sample live on."""

from django.db import models


class Installation(models.Model):
    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    is_sample = models.BooleanField("示例数据", default=False)
    demo_today = models.DateField("示例日期", null=True, blank=True)
    require_two_factors = models.BooleanField("必须两步验证", default=True)

    hotline = models.CharField("咨询电话", max_length=30, blank=True)  # an office's, for the public pages

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="installation_single_row"),
            models.CheckConstraint(
                condition=models.Q(demo_today__isnull=True) | models.Q(is_sample=True),
                name="installation_demo_clock_only_with_sample",
            ),
        ]
