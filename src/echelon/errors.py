"""Every exception that Echelon raises on purpose, and what each one tells the user.

::

    EchelonError                 anything a user can mend
    ├── UnreadableInput          a file is absent, locked, truncated, wrongly encoded or of another format
    ├── InvalidSystem            the tables of a system contradict the schema or each other
    ├── MissingTable             a verb needs a table that the system does not have
    ├── MissingColumn            a table lacks a column that the work needs
    ├── UnknownName              a name that is not in the list of possible names
    ├── InvalidArgument          an argument is outside what the method is defined for
    ├── MisalignedLabels         two labelled arrays do not carry the same labels
    ├── InsufficientData         the data are too few or too uniform for the method
    └── RunMismatch              a run directory does not hold what its record says

Every message says what is wrong, where it is (table, row, column, value) and what to do.
"""

from __future__ import annotations

__all__ = [
    "EchelonError",
    "InsufficientData",
    "InvalidArgument",
    "InvalidSystem",
    "MisalignedLabels",
    "MissingColumn",
    "MissingTable",
    "RunMismatch",
    "UnknownName",
    "UnreadableInput",
]


class EchelonError(Exception):
    """Anything that a user can mend.

    Parameters
    ----------
    what : str
        What is wrong, as one sentence without a full stop.
    where : str, optional
        Table, row, column and value, or the file.
    fix : str, optional
        What the user can do about it.
    """

    def __init__(self, what: str, *, where: str | None = None, fix: str | None = None) -> None:
        self.what = what
        self.where = where
        self.fix = fix
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        text = self.what.rstrip(".")
        if self.where:
            text = f"{text} ({self.where})"
        if not self.fix:
            return f"{text}."
        fix = self.fix.rstrip(".")
        return f"{text}. {fix}" if fix.endswith("?") else f"{text}. {fix}."

    def __str__(self) -> str:
        return self._sentence()


class UnreadableInput(EchelonError):
    """A file is absent, locked, truncated, wrongly encoded or of another format."""


class InvalidSystem(EchelonError):
    """The tables of a system contradict the schema or each other."""


class MissingTable(EchelonError):
    """A verb needs a table that the system does not have."""


class MissingColumn(EchelonError):
    """A table lacks a column that the work needs."""


class UnknownName(EchelonError, KeyError):
    """A name is not in the list of possible names.

    It is a KeyError too, so that a list of names works wherever a mapping does.
    """


class InvalidArgument(EchelonError):
    """An argument is outside what the method is defined for."""


class MisalignedLabels(EchelonError):
    """Two labelled arrays do not carry the same labels."""


class InsufficientData(EchelonError):
    """The data are too few or too uniform for the method."""


class RunMismatch(EchelonError):
    """A run directory does not hold what its record says."""
