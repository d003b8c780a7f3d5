"""Errors of the workbench: one tree, each message a rule, the value got and the likely cause.

::

    WorkbenchError
    ├── SettingsError          a setting or a profile is unknown or ill typed
    │   └── ParameterError     a notebook parameter is unknown or ill typed
    ├── SourceError            something outside did not give usable data
    │   ├── FetchError         it could not be fetched
    │   └── FormatError        it was fetched and is not what it should be
    ├── ValidationError        facts break a rule that no quarantine can mend
    ├── LeakageError           something asked for more than was known at its instant
    ├── MarketError            prices or lines that no market would offer
    ├── StoreError             the store cannot do what was asked
    │   ├── MissingArtifactError   an upstream stage has not left what is needed
    │   └── LockedError        another run holds the artifact root
    └── StageError             a stage failed; its partial notebook is kept
"""


class WorkbenchError(Exception):
    """Root of every error the workbench raises on purpose."""


class SettingsError(WorkbenchError):
    """A setting or a profile is unknown or ill typed."""


class ParameterError(SettingsError):
    """A notebook parameter is unknown or ill typed."""


class SourceError(WorkbenchError):
    """A source did not give usable data."""


class FetchError(SourceError):
    """A source could not be fetched."""


class FormatError(SourceError):
    """A source's bytes are not what they should be."""


class ValidationError(WorkbenchError):
    """Facts break a rule that no quarantine can mend."""


class LeakageError(WorkbenchError):
    """Something asked for more than was known at its instant."""


class MarketError(WorkbenchError):
    """Prices or lines that no market would offer."""


class StoreError(WorkbenchError):
    """The store cannot do what was asked."""


class MissingArtifactError(StoreError):
    """An upstream stage has not left what is needed."""


class LockedError(StoreError):
    """Another run holds the artifact root."""


class StageError(WorkbenchError):
    """A stage failed; its partial notebook is kept."""
