"""Which year, and which two plans."""

from typing import Any
from uuid import uuid4

from django import forms

from ankang.programmes.models import Programme
from ankang.rules.errors import AnkangError
from ankang.rules.load import read_programme, read_tables
from ankang.whatif.actions import Choice
from ankang.whatif.queries import Offer

_LARGEST = 1_000_000  # bytes of a plan's file


class WhatIfForm(forms.Form):
    """`clean` gives `programme`, `before` and `after` as what the action takes."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    programme = forms.ChoiceField(
        label="用哪一年的参保和赔案",
        error_messages={"required": "请选用哪一年的参保和赔案。", "invalid_choice": "没有这一年的方案，请重新选。"},
    )
    before = forms.ChoiceField(
        label="原方案",
        error_messages={"required": "请选原方案。", "invalid_choice": "没有这一版方案，请重新选。"},
    )
    after = forms.ChoiceField(
        label="改成", required=False, error_messages={"invalid_choice": "没有这一版方案，请重新选。"}
    )
    file = forms.FileField(
        label="方案文件 programme.toml",
        required=False,
        help_text="没有发布过的，上传来算；只算，不会发布",
        widget=forms.FileInput(attrs={"accept": ".toml"}),
        error_messages={"empty": "这是个空文件，请重新选。"},
    )

    def __init__(self, offer: Offer, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._offer = offer
        sides = [(one.key, one.title) for one in offer.sides]
        years: Any = self.fields["programme"]
        years.choices = [(one.slug, one.name) for one in offer.programmes]
        for name, choices in (("before", sides), ("after", [("", "用上传的文件"), *sides])):
            field: Any = self.fields[name]
            field.choices = choices

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors:
            return given
        given["programme"] = self._programme(given["programme"])
        given["before"] = self._chosen(given["before"])
        given["after"] = self._from_file(given["file"]) if given["file"] else self._chosen(given["after"])
        if given["after"] is None and not self.errors:
            self.add_error("after", "请选改成哪一版，或者选一个方案文件。")
        return given

    def _programme(self, slug: str) -> Programme:
        return next(one for one in self._offer.programmes if one.slug == slug)

    def _chosen(self, key: str) -> Choice | None:
        side = self._offer.side(key)
        return Choice(side.title, side.plan) if side and side.plan else None

    def _from_file(self, file: Any) -> Choice | None:
        if file.size > _LARGEST:
            self.add_error("file", "文件太大了，不像是方案。请选 programme.toml。")
            return None
        try:
            plan = read_programme(read_tables(file.read()))
        except AnkangError as error:
            self.add_error("file", error.message)
            return None
        return Choice(f"{plan.name[:80]}（文件）", plan)
