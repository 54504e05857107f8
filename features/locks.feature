Feature: scripts take locks from the host

  As a developer whose scripts rewrite what others rewrite too
  I want one of them at a time to hold a lock, whichever version it belongs to
  So that they do not destroy each other's work, and nobody cleans up after a crash.

  Rules
  - One holds a key at a time; who waits gets it in turn.
  - A lock is free when it is given back, and when its holder's process ends, however it does.
  - Each grant has a higher number than all before it, those of earlier hosts included.
  - exo status names who has a lock and who waits for it.

  Background:
    Given the services visits, signals and greeter@0.0.1

  @smoke
  Scenario: two scripts of two versions never hold one key at once
    Given the services greeter@0.0.2 and greeter@0.0.3, each with a script that enters the book under a lock and leaves at its signal
    When exo begins to run the application
    Then one of the two scripts has entered, and exo status says that the other waits for the lock "book" of it
    When the signal of the one that has entered is given
    Then the other has entered after the first has left, with a higher number
    When the signal of the one that has entered is given
    Then exo run is ready
    And greeter@0.0.3 is live, its gate is open and its offline script is done

  Scenario: a lock is free when its holder is killed
    Given the services greeter@0.0.2 and greeter@0.0.3, each with a script that enters the book under a lock and leaves at its signal
    When exo begins to run the application
    Then one of the two scripts has entered, and exo status says that the other waits for the lock "book" of it
    When the process of the script that has entered is killed with SIGKILL
    Then the other has entered although the first has not left, with a higher number

  Scenario: numbers go on rising under the next host
    Given the service greeter@0.0.2 with a script that enters the book under a lock and leaves at its signal
    When exo begins to run the application
    And the only script has entered
    And the host is killed with SIGKILL
    And exo begins to run the application
    Then it has entered again, with a higher number
    When the signal of the one that has entered is given
    Then exo run is ready

  Scenario: a lock in Python, with a limit to the waiting
    Given the service greeter@0.0.2 with a script that enters the book under a lock and leaves at its signal
    And the service greeter@0.0.3
    And its script deployment-scripts/greeter-0.0.3.py that says:
      """
      from exorelay import ExoError, handle


      @handle("deployment-greeter-0.0.3-offline-start")
      async def start(_, script):
          await script.request("signals.await", {"name": "now"})
          try:
              async with script.lock("book", timeout=0.05):
                  raise RuntimeError("two have it")
          except ExoError as error:
              await script.request("visits.add", {"text": f"0.0.3 got {error.code}"})
          await script.request("signals.await", {"name": "again"})
          async with script.lock("book") as lock:
              await script.request("visits.add", {"text": f"0.0.3 enters {lock.number}"})
          script.reply("deployment-greeter-0.0.3-offline-done")
      """
    When exo begins to run the application
    And the only script has entered
    And the signal "now" is given
    Then the book says "0.0.3 got expired"
    When the signal of the one that has entered is given
    And the book says "0.0.2 leaves"
    And the signal "again" is given
    Then exo run is ready
    And greeter@0.0.3 is live, its gate is open and its offline script is done
