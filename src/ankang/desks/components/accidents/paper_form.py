"""What happened, in plain words, and handing a paper in: alike for families and for every desk."""

from collections.abc import Sequence
from uuid import uuid4

from django import forms

from ankang.rules.documents import Paper, Situation

# In the words of who stands before an accident, not of the list of papers.
HAPPENED = [
    (Situation.MEDICAL.value, "看了医生"),
    (Situation.HOSPITAL.value, "住了院"),
    (Situation.FRACTURE.value, "骨折了"),
    (Situation.DISABILITY.value, "落下残疾"),
    (Situation.DEATH.value, "人去世了"),
]


class PaperForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    paper = forms.ChoiceField(label="这是什么材料", error_messages={"required": "请选这是哪一种材料。"})
    scan = forms.FileField(
        label="照片或PDF",
        help_text="拍清楚四个角，10 MB 以内。",
        error_messages={
            "required": "还没有选照片。请拍照或者选一张照片。",
            "empty": "这个文件是空的。请重新拍照，或者重新选一个文件。",
        },
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,application/pdf"}),
    )

    def __init__(self, *given: object, papers: Sequence[Paper], **options: object) -> None:
        super().__init__(*given, **options)  # type: ignore[arg-type]
        listed = [(one.code, f"{one.name}（{one.hint}）" if one.hint else one.name) for one in papers]
        self.fields["paper"].choices = [("", "请选择"), *listed]  # type: ignore[attr-defined]
