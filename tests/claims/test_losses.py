"""Losses that cannot be are refused field by field."""

from datetime import date

import pytest

from ankang.claims.losses import Losses, check_losses
from ankang.rules.errors import InvalidInput

EVENT, TODAY = date(2024, 5, 12), date(2024, 6, 1)


def errors_of(losses: Losses) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refused:
        check_losses(losses, EVENT, TODAY)
    errors = refused.value.fields["errors"]
    assert isinstance(errors, dict)
    return errors


@pytest.mark.parametrize(
    "losses",
    [
        Losses(),
        Losses(medical_expense_fen=100, fracture_expense_fen=100),
        Losses(medical_expense_fen=100, reimbursed_fen=250),  # a third party paid more than the bill
        Losses(stays=((EVENT, EVENT), (date(2024, 5, 20), TODAY))),
        Losses(died_on=EVENT),
        Losses(died_on=TODAY),
        Losses(disabilities=((1, "左手"), (10, "右手"))),
    ],
)
def test_losses_that_can_be(losses: Losses) -> None:
    check_losses(losses, EVENT, TODAY)


@pytest.mark.parametrize(
    ("losses", "field", "says"),
    [
        (Losses(medical_expense_fen=99, fracture_expense_fen=100), "fracture_expense_fen", "不能比医疗费用还多"),
        (Losses(medical_expense_fen=-1), "medical_expense_fen", "医疗费用不能是负数"),
        (Losses(reimbursed_fen=-1), "reimbursed_fen", "别处已报销不能是负数"),
        (Losses(died_on=date(2024, 5, 11)), "died_on", "早于事故日期"),
        (Losses(died_on=date(2024, 6, 2)), "died_on", "还没到"),
        (Losses(stays=((date(2024, 5, 14), date(2024, 5, 13)),)), "stay-0", "出院早于入院"),
        (Losses(stays=((date(2024, 5, 11), EVENT),)), "stay-0", "入院早于事故日期"),
        (Losses(stays=((EVENT, EVENT), (EVENT, date(2024, 6, 2)))), "stay-1", "第2次住院：出院日期还没到"),
        (Losses(disabilities=((0, "左手"),)), "disability-0", "1到10级"),
        (Losses(disabilities=((11, "左手"),)), "disability-0", "1到10级"),
        (Losses(disabilities=((9, " "),)), "disability-0", "部位"),
    ],
)
def test_losses_that_cannot_be(losses: Losses, field: str, says: str) -> None:
    errors = errors_of(losses)
    assert list(errors) == [field]
    assert says in errors[field]


def test_every_wrong_field_is_told_at_once() -> None:
    wrong = Losses(fracture_expense_fen=1, died_on=date(2024, 5, 1), stays=((TODAY, EVENT),))
    assert sorted(errors_of(wrong)) == ["died_on", "fracture_expense_fen", "stay-0"]
