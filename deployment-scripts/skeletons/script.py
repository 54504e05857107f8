"""Brings greeter 1.2.3 in. Each phase is a message that exo sends to this script, and an answer to it; leave out the
one that you do not need. `exo test greeter@1.2.3` tries it in an environment of its own.
"""

from exorelay import ScriptContext, handle


@handle("deployment-greeter-1.2.3-offline-start")
async def prepare(start: dict, script: ScriptContext) -> None:
    """Before greeter 1.2.3 meets traffic: what it cannot work without."""
    script.reply("deployment-greeter-1.2.3-offline-done")


@handle("deployment-greeter-1.2.3-online-start")
async def finish(start: dict, script: ScriptContext) -> None:
    """While it serves: what may come later."""
    script.reply("deployment-greeter-1.2.3-online-done")


# Whether what it did is there, looked at before greeter 1.2.3 meets traffic and by `exo script verify`: "…-verify-start" is
# answered with "…-verify-done" or "…-verify-failed". What takes it back, for `exo script undo`: "…-undo-start", answered
# with "…-undo-done". Each begins with deployment-greeter-1.2.3, as above.
