"""Why a use case says no. Pure: rooms' rules raise these, `errors.py` turns them into answers."""


class Refusal(Exception):
    """The request cannot be done as asked; `message` tells the user, in Portuguese, what to do.

    `field` names the form field the message belongs to, `facts` carries figures for programs.
    """

    status = 422

    def __init__(self, message: str, *, field: str | None = None, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.facts = facts


class Conflict(Refusal):
    """Somebody else changed or decided it first."""

    status = 409


class Missing(Refusal):
    """No such thing, or not for this person: both look the same."""

    status = 404

    def __init__(self, message: str = "Não encontramos o que você procura.") -> None:
        super().__init__(message)


class UnknownLink(Missing):
    """A mailed address that was not given out; who opens it has no menu to search with."""

    def __init__(
        self, message: str = "Este link não existe. Confira o endereço ou peça um novo a quem o enviou."
    ) -> None:
        super().__init__(message)


class EndedLink(UnknownLink):
    """A mailed address that was given out, and whose page has been shown for long enough."""

    def __init__(self, last_day: str) -> None:
        super().__init__(
            f"Este link pôde ser aberto até {last_day} e não mostra mais nada. Peça um novo a quem o enviou."
        )


class Forbidden(Refusal):
    """Known person, but the role does not include this."""

    status = 403

    def __init__(self, message: str = "Seu perfil não inclui esta ação.") -> None:
        super().__init__(message)


class TooManyAttempts(Refusal):
    """Throttled; `retry_after` in seconds."""

    status = 429

    def __init__(self, message: str, *, retry_after: int, field: str | None = None) -> None:
        super().__init__(message, field=field)
        self.retry_after = retry_after
