"""What the tables of the configuration look like, read off their models."""

from typing import Any, get_args

from pydantic import SecretStr

from callcenter.config.names import Table


def keys(model: type[Table]) -> dict[str, Any]:
    """Each key as the file has it, with the type of its value."""
    return {info.alias or name: info.annotation for name, info in model.model_fields.items()}


def tables_in(annotation: Any) -> tuple[type[Table], ...]:
    """Every table in a type: ``tuple[BuiltinDesk | GenericDesk, ...]`` has two."""
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return (annotation,)
    return tuple(table for part in get_args(annotation) for table in tables_in(part))


def table_in(annotation: Any, kind: Any = None) -> type[Table] | None:
    """The table in a type such as ``Menu | None``; where there are several, the one of the kind."""
    found = tables_in(annotation)
    if len(found) > 1:
        found = tuple(table for table in found if kind in get_args(keys(table)["kind"]))
    return found[0] if found else None


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


def resolved(
    place: tuple[str | int, ...], root: type[Table]
) -> tuple[tuple[str | int, ...], type[Table] | None]:
    """A place of pydantic's as the file has it, and the table that is there, if one is.

    Where a table may be of several kinds, pydantic names the kind on the way: no key of the file.
    """
    annotation: Any = root
    written_at: tuple[str | int, ...] = ()
    for part in place:
        if isinstance(part, str) and len(tables_in(annotation)) > 1:
            annotation = table_in(annotation, part)
            continue
        written_at = (*written_at, part)
        if isinstance(part, str):
            model = table_in(annotation)
            annotation = keys(model).get(part) if model else None
    return written_at, table_in(annotation)
