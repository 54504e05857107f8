"""Greets whoever says a name."""

import asyncio

from exorelay import ExoRelay, HandlerContext, handle


# A handler has the message's payload, and in its context what it needs to answer, ask and send.
@handle("greeter.greet")
async def greet(message, context: HandlerContext) -> None:
    context.reply("greeter.greeted", {"text": f"Hello {message.get('name', 'you')}"})


# exo asks; an error, or no answer, says that this instance is not fit to serve.
@handle("greeter.health")
async def health(_message, context: HandlerContext) -> None:
    context.reply("greeter.well")


async def main() -> None:
    relay = ExoRelay.from_environment({"greeter.greet": greet, "greeter.health": health})
    print("ready to greet")
    await relay.run()


asyncio.run(main())
