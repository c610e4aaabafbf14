"""The exception tree of Ankang: bad input, a conflict, or a bug. A refused claim is a result, not an exception."""

import errno

_FILE_TROUBLE = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.EACCES: "没有权限",
    errno.EISDIR: "这是一个文件夹",
    errno.ENOTDIR: "路径里有一段不是文件夹",
    errno.ENAMETOOLONG: "名字太长",
    errno.ENOSPC: "磁盘满了",
    errno.EROFS: "磁盘是只读的",
}


def file_trouble(error: OSError) -> str:
    """Return in words why a file could not be opened or written; the system's own words where we have none."""
    return _FILE_TROUBLE.get(error.errno or 0, error.strerror or str(error))


class AnkangError(Exception):
    """Something that a person can put right. `code` is stable; `message` is Chinese: what, where, how to fix."""

    code = "error"

    def __init__(self, message: str, **fields: object) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields


class InvalidInput(AnkangError):
    """A value from outside that cannot be taken as it is. `fields` may name `field`, `value`, `fix`."""

    code = "invalid_input"


class Conflict(AnkangError):
    """The input is well formed, but what is stored says otherwise (a cap used up, a second person who is the first)."""

    code = "conflict"


class NotAllowed(AnkangError):
    """This person may not do this here."""

    code = "not_allowed"
