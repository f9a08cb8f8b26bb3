"""The base of all tables of the settings."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table of the TOML file. Frozen; defaults are checked like everything else."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, validate_by_name=True, hide_input_in_errors=True
    )
