"""Whose hand a policy's files show: the owner of the one that changed last.

It is the best the gateway knows of who changed a policy: files carry an owner, not an author. Who
deploys by a robot reads the robot's name here, and the author's where the files are reviewed.
"""

from __future__ import annotations

import pwd
from pathlib import Path

from gateway.policy.folder import policy_files
from seawall.policy.problems import Problems

__all__ = ["changed_by"]


def changed_by(folder: Path, tenant_file: Path | None) -> str:
    """Return who owns the file that changed last, as the system names them, else `uid N`.

    Empty where no file can be looked at.
    """
    paths = [path for _, path in policy_files(folder, Problems())]
    if tenant_file is not None:
        paths.append(tenant_file)
    found = []
    for path in paths:
        try:
            status = path.stat()
        except OSError:  # gone meanwhile: whoever reads the policy says so
            continue
        found.append((status.st_mtime_ns, status.st_uid))
    if not found:
        return ""
    owner = max(found)[1]
    try:
        return pwd.getpwuid(owner).pw_name
    except KeyError:
        return f"uid {owner}"
