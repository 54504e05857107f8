"""Greets whoever says a name."""

import asyncio

from exorelay import ExoRelay, HandlerContext, handle


# A handler has the message's payload, and in its context what it needs to answer, ask and send.
@handle("greeter.greet")
async def greet(message, context: HandlerContext) -> None:
    context.reply("greeter.greeted", {"text": f"Hello {message.get('name', 'you')}"})


async def main() -> None:
    relay = ExoRelay.from_environment({"greeter.greet": greet})
    print("ready to greet")
    await relay.run()


asyncio.run(main())
