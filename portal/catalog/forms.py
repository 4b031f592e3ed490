"""What an admin sends to publish a price list."""

import base64
from typing import Any

from wtforms import Form, HiddenField
from wtforms.validators import AnyOf, DataRequired, ValidationError

from portal.catalog import rules
from portal.catalog.rules import FirstPeriodPolicy
from portal.shared.fields import KeyField, UploadField
from portal.shared.refusals import Refusal


class UploadForm(Form):
    """The file of a new list; `.content` is its text once valid."""

    file = UploadField(
        "Arquivo da tabela",
        description=f"Arquivo .toml em UTF-8, até {rules.MAX_FILE_BYTES // 1024} KB.",
        validators=[DataRequired("Escolha o arquivo TOML da tabela de preços.")],
    )
    content = ""

    def validate_file(self, field: UploadField) -> None:
        """The file is a text that may be a price list."""
        try:
            self.content = rules.text_of_file(field.data.read(rules.MAX_FILE_BYTES + 1))
        except Refusal as refusal:
            raise ValidationError(refusal.message) from None


class PublishForm(Form):
    """The second step: the checked text comes back, in base64 because browsers change line ends."""

    content = HiddenField()
    sha256 = HiddenField()
    replaces_id = KeyField()

    def to_text(self) -> str:
        """The text that was checked; "" when it is none, which no fingerprint matches."""
        try:
            return base64.b64decode(self.content.data or "", validate=True).decode()
        except ValueError:  # also of letters outside of base64, and of bytes that are no text
            return ""


class FirstPeriodForm(Form):
    """How the first period of a plan is to be charged, and how the page said that it is."""

    plan = HiddenField(validators=[DataRequired()])
    first_period = HiddenField(validators=[AnyOf([policy.value for policy in FirstPeriodPolicy])])
    seen = HiddenField(validators=[AnyOf([policy.value for policy in FirstPeriodPolicy])])

    def to_choice(self) -> dict[str, Any]:
        """What `change_first_period` takes."""
        return {
            "plan": self.plan.data,
            "wanted": FirstPeriodPolicy(self.first_period.data or ""),
            "seen": FirstPeriodPolicy(self.seen.data or ""),
        }


def encoded(content: str) -> str:
    """The text as `PublishForm` takes it."""
    return base64.b64encode(content.encode()).decode()
