"""Sealed values: what is stored, what a mask shows, what tampering meets, and how keys are changed."""

import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from tests import factories as make

from ankang.audit.models import AuditEntry
from ankang.cli.main import main
from ankang.privacy import keys
from ankang.privacy.cipher import SealBroken, blind_index, is_current, seal, sm3, unseal
from ankang.privacy.fields import Sealed
from ankang.privacy.reseal import reseal
from ankang.roster.models import Resident

PURPOSE = "roster.resident.number"
NUMBER = "329900195403040017"


@pytest.fixture
def key_file(tmp_path: Path, settings: Any) -> Path:
    settings.KEY_FILE = tmp_path / "keys.key"
    settings.PAPERS = tmp_path / "papers"  # what other tests took in is sealed with their key
    return settings.KEY_FILE


def stored(resident: Resident, column: str = "number") -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM roster_resident WHERE id = %s", [resident.pk])
        return bytes(cursor.fetchone()[0])


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_opens_to_the_same_text(text: str) -> None:
    assert unseal(seal(text, PURPOSE), PURPOSE) == text


def test_the_same_text_is_never_stored_alike() -> None:
    assert len({seal(NUMBER, PURPOSE) for _ in range(50)}) == 50


@given(data=st.data())
def test_any_changed_byte_is_refused(data: st.DataObject) -> None:
    sealed = bytearray(seal(NUMBER, PURPOSE))
    position = data.draw(st.integers(0, len(sealed) - 1))
    sealed[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken, match="打不开"):
        unseal(bytes(sealed), PURPOSE)


@given(length=st.integers(0, 29 + len(NUMBER) - 1))
def test_any_cut_is_refused(length: int) -> None:
    with pytest.raises(SealBroken):
        unseal(seal(NUMBER, PURPOSE)[:length], PURPOSE)


def test_a_value_moved_to_another_column_is_refused() -> None:
    with pytest.raises(SealBroken, match=r"roster\.resident\.phone"):
        unseal(seal(NUMBER, PURPOSE), "roster.resident.phone")


def test_sm3_and_the_index_are_the_standards() -> None:
    # GB/T 32905-2016, appendix A.1
    assert sm3(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert blind_index(NUMBER, PURPOSE) == blind_index(NUMBER, PURPOSE)
    assert len({blind_index(NUMBER, PURPOSE), blind_index(NUMBER, "other"), blind_index("other", PURPOSE)}) == 3


@pytest.mark.django_db
def test_the_database_holds_no_plain_number_and_an_instance_shows_a_mask() -> None:
    resident = make.resident(number=NUMBER, phone="13800001234")
    assert NUMBER.encode() not in stored(resident)
    for seen in (resident, Resident.objects.get(pk=resident.pk)):
        assert isinstance(seen.number, Sealed)
        assert f"{seen.number} {seen.number!r} {[seen.phone]}" == "•••• •••• [••••]"
        assert (seen.number.reveal(), seen.phone.reveal()) == (NUMBER, "13800001234")
    first = stored(resident)
    resident.save()
    assert stored(resident) == first


@pytest.mark.django_db
def test_columns_exchanged_in_the_database_are_found_at_the_next_look() -> None:
    resident = make.resident(number=NUMBER, phone="13800001234")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE roster_resident SET number = phone, phone = number")
    seen = Resident.objects.get(pk=resident.pk)
    for value in (seen.number, seen.phone):
        with pytest.raises(SealBroken):
            value.reveal()


def test_the_key_file_is_the_owners_alone(key_file: Path) -> None:
    assert keys.keyring().current == 1
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert [path.name for path in key_file.parent.iterdir()] == ["keys.key"]
    key_file.chmod(0o640)
    before = key_file.read_text()
    keys._from_file.cache_clear()
    with pytest.raises(RuntimeError, match="chmod 600"):
        keys.keyring()
    assert key_file.read_text() == before


def test_processes_that_start_at_once_end_with_the_same_keys(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from ankang.privacy.keyfile import read_or_write_first as first;"
        "import secrets; sys.stdin.readline(); print(first(Path(sys.argv[1]), lambda: secrets.token_hex(16)))"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "once.key")]
    started = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = {process.communicate(timeout=60)[0] for process in started}
    assert len(told) == 1
    assert len(told.pop().strip()) == 32
    assert [path.name for path in tmp_path.iterdir()] == ["once.key"]


@pytest.mark.django_db
def test_a_rotation_seals_everything_anew_and_finds_it_as_before(
    key_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    residents = [make.resident(phone=f"1380000{serial:04d}") for serial in range(7)]
    numbers = {resident.pk: resident.number.reveal() for resident in residents}
    index = residents[0].number_index
    assert main(["keys", "rotate"]) == 0
    assert "现在全部是第2版密钥" in capsys.readouterr().out
    for resident in Resident.objects.all():
        assert stored(resident)[0] == stored(resident, "phone")[0] == 2
        assert resident.number.reveal() == numbers[resident.pk]
    assert Resident.objects.get(number_index=index).pk == residents[0].pk
    assert blind_index(numbers[residents[0].pk], PURPOSE) == index
    assert set(json.loads(key_file.read_text())["ciphers"]) == {"1", "2"}
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    told = list(AuditEntry.objects.order_by("id").values_list("action", "detail"))
    assert told == [("keys.rotate", {"version": 2}), ("keys.reseal", {"version": 2, "values": 14})]


@pytest.mark.django_db
def test_a_stopped_rotation_goes_on_where_it_was_and_everything_opens_meanwhile(key_file: Path) -> None:
    residents = [make.resident() for _ in range(5)]
    keys.add_version()
    steps = reseal(chunk=2)
    while next(steps).column != "roster_resident.number":
        pass
    versions = sorted(stored(resident)[0] for resident in residents)
    assert versions == [1, 1, 1, 2, 2]
    assert all(resident.number.reveal() for resident in Resident.objects.all())
    again = [step for step in reseal(chunk=2) if step.column == "roster_resident.number"]
    assert [(step.seen, step.resealed) for step in again] == [(2, 0), (4, 2), (5, 3)]
    assert all(is_current(stored(resident)) for resident in residents)
    assert all(step.resealed == 0 for step in reseal())


@pytest.mark.django_db
def test_a_value_changed_during_the_rotation_is_not_overwritten(
    key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resident = make.resident()
    keys.add_version()
    open_seal = Sealed.reveal

    def change_first(value: Sealed) -> str:
        monkeypatch.setattr(Sealed, "reveal", open_seal)
        Resident.objects.filter(pk=resident.pk).update(number="110101194912310010")
        return open_seal(value)

    monkeypatch.setattr(Sealed, "reveal", change_first)
    list(reseal())
    assert Resident.objects.get(pk=resident.pk).number.reveal() == "110101194912310010"


def test_keys_of_the_environment_are_not_changed_by_the_program(
    key_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], db: None
) -> None:
    text = json.dumps({"ciphers": {"1": "00" * 16, "3": "11" * 16}, "index": "22" * 32})
    monkeypatch.setenv("ANKANG_KEYS", text)
    assert keys.keyring().current == 3
    assert main(["keys", "rotate"]) == 2
    assert "ankang keys reseal" in capsys.readouterr().err
    assert not key_file.exists()
    assert AuditEntry.objects.count() == 0
    assert main(["keys", "reseal"]) == 0


def test_a_value_whose_key_is_gone_says_so(key_file: Path) -> None:
    sealed = seal(NUMBER, PURPOSE)
    document = json.loads(key_file.read_text())
    document["ciphers"] = {"2": "11" * 16}
    key_file.write_text(json.dumps(document))
    keys._from_file.cache_clear()
    with pytest.raises(SealBroken, match="密钥文件不是当时的那一份"):
        unseal(sealed, PURPOSE)
