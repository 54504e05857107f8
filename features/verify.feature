Feature: looking whether what a deployment script did is there

  As somebody who answers for a version that was filled by its script
  I want the script itself to look whether it is all there, before traffic comes and whenever I ask
  So that a done that is none is seen by nobody but me.

  Rules
  - A done of the offline phase counts when the script has found it to be so, where it says that it can look.
  - What is not there fails the attempt, and what it saved is void.
  - A verification that a person asks for changes nothing, and is recorded with the reason.

  Background:
    Given the services visits and signals

  @smoke
  Scenario: it is there
    Given the service greeter@0.0.1 with a deployment script whose offline phase succeeds and whose verify phase succeeds
    When exo runs the application
    Then greeter@0.0.1 is live, its gate is open and its offline script is done
    And the visits are "offline begins, offline ends, verify begins, verify ends"
    And the history tells in this order about greeter@0.0.1:
      | event           | phase   |
      | attempt-started | offline |
      | verify-started  | verify  |
      | verify-ended    | verify  |
      | attempt-done    | offline |
      | gate-opened     |         |
    When somebody types exo script verify greeter@0.0.1 --reason 'I want to know'
    Then it ends with code 0
    And it prints "greeter@0.0.1: what its script did is there"
    And the history says verify-ended for greeter@0.0.1 2 times

  Scenario: it is not there
    Given the service greeter@0.0.1 with a deployment script whose offline phase succeeds and whose verify phase says that it has failed
    And its script has at most 2 attempts with pauses from 10 ms
    When exo runs the application
    Then greeter@0.0.1 is failed, its gate is held and its offline script is failed
    And exo status says "its effect was looked for: no backup was found"
    And the history says attempt-failed for the offline phase of greeter@0.0.1 2 times

  Scenario: it was there, and is not any more
    Given the service greeter@0.0.1 with a deployment script whose offline phase succeeds
    When exo runs the application
    And somebody types exo script verify greeter@0.0.1 --reason 'I want to know'
    Then it ends with code 1, saying "has no handler of deployment-greeter-0.0.1-verify-start"
    When the developer mends the script of greeter@0.0.1, so that its verify phase says that it has failed
    And somebody types exo script verify greeter@0.0.1 --reason 'I want to know'
    Then it ends with code 1, saying "what its script did is not found to be there: no backup was found"
    And greeter@0.0.1 is live and its gate is open
    When exo run is stopped with SIGINT
    And somebody types exo script verify greeter@0.0.1 --reason 'I want to know'
    Then it ends with code 1, saying "no host runs in local"

  Scenario: a verification that hangs is ended
    Given the service greeter@0.0.1 with a deployment script whose offline phase succeeds
    When exo runs the application
    And the developer mends the script of greeter@0.0.1, so that its verify phase waits for the signal
    And somebody begins to type exo script verify greeter@0.0.1 --reason 'I want to know'
    And the verify script of greeter@0.0.1 waits for its signal
    And somebody types exo script cancel greeter@0.0.1 --reason 'it hangs'
    Then it ends with code 0
    And what was begun ends with code 1, saying "nobody knows whether what its script did is there; its verification ended early: cancelled by me: it hangs"
    And exo run tells "verification was cancelled, so that nobody knows"
    And the history says trial-cancelled for the verify phase of greeter@0.0.1, by me, because "it hangs"
    And the history says verify-ended for greeter@0.0.1 1 time
    And no process of a deployment script is left
    And greeter@0.0.1 is live, its gate is open and its offline script is done
    When somebody types exo script cancel greeter@0.0.1 --reason 'again'
    Then it ends with code 1, saying "cancel does not fit greeter@0.0.1"

  Scenario: a script in Python looks, and takes back
    Given the service greeter@0.0.1
    And its script deployment-scripts/greeter-0.0.1.py that says:
      """
      from exorelay import handle

      NAME = "deployment-greeter-0.0.1"


      @handle(f"{NAME}-offline-start")
      async def offline(start, script):
          script.send("visits.add", {"text": "offline"})
          script.reply(f"{NAME}-offline-done")


      @handle(f"{NAME}-verify-start")
      async def verify(start, script):
          visits = (await script.request("visits.list")).payload
          word = "done" if "offline" in visits else "failed"
          script.reply(f"{NAME}-verify-{word}", {"reason": f"only {visits}"})


      @handle(f"{NAME}-undo-start")
      async def undo(start, script):
          script.send("visits.add", {"text": "undo"})
          script.reply(f"{NAME}-undo-done")
      """
    When exo runs the application
    Then greeter@0.0.1 is live and its gate is open
    When somebody types exo script verify greeter@0.0.1 --reason 'I want to know'
    Then it ends with code 0
    When somebody types exo script undo greeter@0.0.1 --force --reason 'it must go'
    Then greeter@0.0.1 is failed and its gate is held
    And the visits are "offline, undo"
