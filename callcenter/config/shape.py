"""What the tables of the configuration look like, read off their models."""

from typing import Any, get_args

from pydantic import SecretStr

from callcenter.config.names import Table


def keys(model: type[Table]) -> dict[str, Any]:
    """Each key as the file has it, with the type of its value."""
    return {info.alias or name: info.annotation for name, info in model.model_fields.items()}


def table_in(annotation: Any) -> type[Table] | None:
    """The table in a type such as ``Menu | None`` or ``tuple[Line, ...]``."""
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return annotation
    return next(filter(None, map(table_in, get_args(annotation))), None)


def is_secret(annotation: Any) -> bool:
    """Whether values of this type are never shown."""
    return annotation is SecretStr or any(map(is_secret, get_args(annotation)))


def written(model: type[Table]) -> tuple[str, ...]:
    """Every key that may be written in a table: a secret may also be written as its file."""
    return tuple(
        name
        for key, annotation in keys(model).items()
        for name in ((key, f"{key}_file") if is_secret(annotation) else (key,))
    )


def table_at(place: tuple[str | int, ...], root: type[Table]) -> type[Table] | None:
    """The table that is at a place, from the root on; None where there is none."""
    model: type[Table] | None = root
    for part in place:
        if isinstance(part, str):
            model = table_in(keys(model).get(part)) if model else None
    return model
