"""What stands around the daemon: the mail server, the backups, the dead man's switch."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from monitor.backup import BackupError, backup_settings, backups_in
from monitor.backup.files import taken_at
from monitor.backup.take import check_backup
from monitor.doctor.finding import Finding, Patient

A_NIGHT_AND_A_HALF = timedelta(hours=36)


def mail_server(patient: Patient) -> Iterator[Finding]:
    """Whether the server answers, encrypts and takes the login."""
    smtp = patient.settings.mail.smtp
    if smtp is None:
        yield Finding(part="mail", state="look", message=f"mails go to {patient.settings.mail.folder} alone")
        return
    wrong = patient.probe(smtp)
    said = wrong or f"{smtp.host}:{smtp.port} answers, {smtp.security}, login {smtp.auth}"
    yield Finding(part="mail", state="ill" if wrong else "well", message=said)


def backups(patient: Patient) -> Iterator[Finding]:
    """Whether there is a backup, how old it is, and whether it can be read from end to end."""
    care = backup_settings(patient.settings)
    if patient.settings.backup is None:
        yield Finding(
            part="backup",
            state="look",
            message="none is taken at night; write backup: into the configuration",
        )
    there = backups_in(care.folder)
    if not there:
        if patient.settings.backup is not None:
            yield Finding(
                part="backup", state="look", message=f"{care.folder} holds none yet; `leftturn backup`"
            )
        return
    newest = there[-1]
    age = patient.now - (taken_at(newest) or patient.now)
    try:
        check_backup(newest)
    except BackupError as error:
        yield Finding(part="backup", state="ill", message=str(error))
        return
    late = patient.settings.backup is not None and age > A_NIGHT_AND_A_HALF
    yield Finding(
        part="backup",
        state="ill" if late else "well",
        message=f"{newest.name} is whole and {age.total_seconds() / 3600:.0f} hours old"
        + ("; the nightly one did not come, see `leftturn status`" if late else ""),
    )


def switch_outside(patient: Patient) -> Iterator[Finding]:
    """Whether anybody outside would notice that the daemon is gone."""
    if patient.settings.heartbeat is None:
        yield Finding(
            part="heartbeat",
            state="look",
            message="nobody outside would notice a dead daemon; write heartbeat: into the configuration",
        )
    else:
        yield Finding(
            part="heartbeat", state="well", message="an address outside is asked for while all is well"
        )
