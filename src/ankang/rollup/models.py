"""Bundles that went up from here, who may send bundles here, and those that came."""

from django.conf import settings
from django.db import models

from ankang.divisions.models import Division


class SentBundle(models.Model):
    """A bundle that this installation signed. Its number is never used again."""

    number = models.PositiveIntegerField("第几号", unique=True)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    as_of = models.DateTimeField("截至")
    digest = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-number"]


class Sender(models.Model):
    """An installation below this one, by its division and the public key that somebody compared."""

    division = models.OneToOneField(Division, models.PROTECT, related_name="+", verbose_name="区划")
    public_key = models.CharField("公钥", max_length=64, unique=True)
    registered_at = models.DateTimeField("登记时间")
    registered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["division"]


class ReceivedBundle(models.Model):
    """A bundle whose signature was the sender's. Never changed; the one with the highest number counts."""

    sender = models.ForeignKey(Sender, models.PROTECT, related_name="bundles")
    number = models.PositiveIntegerField("第几号")
    as_of = models.DateTimeField("截至")
    digest = models.CharField(max_length=64, unique=True)
    contents = models.TextField()  # the signed text
    signature_file = models.BinaryField()  # the file as it came: proof of who said so
    received_at = models.DateTimeField("收到时间")
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["sender", "-number"]
        constraints = [models.UniqueConstraint(fields=["sender", "number"], name="bundle_number_once_a_sender")]
