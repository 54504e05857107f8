Feature: decisions about deployment scripts

  As an operator who answers for production
  I want to decide what becomes of a script that failed, hangs or was interrupted, and to be recorded with my reason
  So that a rollout goes on without a restart, and everybody sees later who decided what, and why.

  Rules
  - A decision is in the ledger before it is answered: with who, when and why.
  - One that does not fit how the phase stands is refused, with the decisions that would fit.
  - No decision opens a gate but a person's word that the offline phase's effect is there; then it opens in the
    ordinary way.
  - Where no host runs the decision is recorded all the same, and the next host goes on from there.

  Background:
    Given the services visits, signals and greeter@0.0.1

  @smoke
  Scenario: a mended script is tried again while everything goes on
    Given the service greeter@0.0.2 with a deployment script whose offline phase throws
    And its script has at most one attempt of 4 s, of which 2 s may be quiet
    When exo runs the application
    And the developer mends the script of greeter@0.0.2, so that its offline phase succeeds
    And somebody types exo script retry greeter@0.0.2 --reason 'the catalogue is mended'
    Then greeter@0.0.2 is live, its gate is open and its offline script is done
    And the visits are "offline begins, offline ends"
    And the history says retry-decided for the offline phase of greeter@0.0.2, by me, because "the catalogue is mended"
    And the history says attempt-started for greeter@0.0.2 2 times
    And both attempts are of one run, and each names the script that it ran

  Scenario: an interrupted attempt waits for a person, who is told what there is to decide
    Given the service greeter@0.0.2 with a deployment script whose offline phase waits for the signal
    And a deployment-scripts/greeter-0.0.2.yml that says:
      """
      on-interrupted: ask
      """
    When exo begins to run the application
    And the offline script of greeter@0.0.2 waits for its signal
    And the host is killed with SIGKILL
    And exo runs the application
    Then greeter@0.0.2 is failed, its gate is held and its offline script is interrupted
    And exo run shows the end of "exo script retry greeter@0.0.2 --reason TEXT"
    And exo run shows the end of "exo script mark-done greeter@0.0.2 --phase offline --reason TEXT"
    When somebody types exo script retry greeter@0.0.2 --reason 'it can be run twice'
    And the offline script of greeter@0.0.2 waits for its signal
    And the signal for the offline script is given
    Then greeter@0.0.2 is live and its gate is open

  Scenario: what a person vouches for is not run
    Given the service greeter@0.0.2 with a deployment script whose offline phase throws
    And its script has at most one attempt of 4 s, of which 2 s may be quiet
    When exo runs the application
    And somebody types exo script skip greeter@0.0.2 --phase offline --reason 'it is not needed'
    Then it ends with code 1, saying "exo script mark-done greeter@0.0.2 --phase offline --reason TEXT"
    And greeter@0.0.2 is failed, its gate is held and its offline script is failed
    When somebody types exo script mark-done greeter@0.0.2 --phase offline --reason 'restored from the backup'
    Then greeter@0.0.2 is live, its gate is open and its offline script is done
    And the history says attempt-started for the offline phase of greeter@0.0.2 1 time
    And the history says gate-opened for greeter@0.0.2, by me, because "restored from the backup"
    When exo runs the application again
    Then greeter@0.0.2 is live and its gate is open
    And the history says attempt-started for the offline phase of greeter@0.0.2 1 time

  Scenario: an online phase that nobody needs is skipped
    Given the service greeter@0.0.2 with a deployment script whose online phase throws
    And its script has at most one attempt of 4 s, of which 2 s may be quiet
    When exo runs the application
    Then greeter@0.0.2 is live and flagged
    When somebody types exo script skip greeter@0.0.2 --reason 'the old greetings are not needed'
    Then greeter@0.0.2 is live, its gate is open and its online script is skipped
    And greeter@0.0.2 is not flagged
    When somebody types exo script list
    Then the list says "skipped by me: the old greetings are not needed"

  Scenario: a running attempt is ended, and none is made before a retry
    Given the service greeter@0.0.2 with a deployment script whose offline phase waits for the signal
    When exo begins to run the application
    And the offline script of greeter@0.0.2 waits for its signal
    And somebody types exo script retry greeter@0.0.2 --reason 'it takes long'
    Then it ends with code 1, saying "its offline phase is running (what fits: cancel, pause, throttle)"
    When somebody types exo script cancel greeter@0.0.2 --reason 'it takes long'
    Then greeter@0.0.2 is failed, its gate is held and its offline script is failed
    And no process of a deployment script is left
    When exo runs the application again
    Then greeter@0.0.2 is failed, its gate is held and its offline script is failed
    And the history says attempt-started for greeter@0.0.2 1 time
    When the developer mends the script of greeter@0.0.2, so that its offline phase succeeds
    And somebody types exo script retry greeter@0.0.2 --reason 'it is quick now'
    Then greeter@0.0.2 is live, its gate is open and its offline script is done

  Scenario: a developer runs a script again
    Given the service greeter@0.0.2 with a deployment script whose offline phase succeeds and whose online phase succeeds
    When exo runs the application
    And somebody types exo script rerun greeter@0.0.2 --reason 'the data was thrown away'
    Then the history comes to say attempt-done for the online phase of greeter@0.0.2 2 times
    And greeter@0.0.2 is live and its gate is open
    And the visits are "offline begins, offline ends, online begins, online ends, offline begins, offline ends, online begins, online ends"
    And exo status names the run greeter-0.0.2-offline-2 of greeter@0.0.2

  Scenario: decisions while no host runs
    Given the service greeter@0.0.2 with a deployment script whose offline phase says that it must not be tried again
    When exo runs the application
    Then greeter@0.0.2 is failed, its gate is held and its offline script is failed
    When exo run is stopped with SIGINT
    And the developer mends the script of greeter@0.0.2, so that its offline phase succeeds
    And somebody types exo script cancel greeter@0.0.2 --reason 'enough'
    Then it ends with code 1, saying "no host runs in local, so there is no attempt to cancel"
    When somebody types exo script retry greeter@0.0.2 --reason 'the numbers are mended'
    Then it ends with code 0, saying "the next exo run goes on from there"
    And exo script list --json tells that the offline phase of greeter@0.0.2 is pending, "to be tried again, decided by me: the numbers are mended"
    When exo runs the application
    Then greeter@0.0.2 is live, its gate is open and its offline script is done

  Scenario Outline: <what> without a host
    Given the service greeter@0.0.2 with a deployment script whose <phase> phase throws
    And its script has at most one attempt of 4 s, of which 2 s may be quiet
    When exo runs the application
    And exo run is stopped with SIGINT
    And somebody types exo script <what> greeter@0.0.2 --phase <phase> --reason 'I looked'
    And exo runs the application
    Then greeter@0.0.2 is live, its gate is open and its <phase> script is <state>
    And the history says attempt-started for the <phase> phase of greeter@0.0.2 1 time

    Examples:
      | what      | phase   | state   |
      | mark-done | offline | done    |
      | skip      | online  | skipped |

  Scenario: a fleet whose scripts ran before exo
    Given the service greeter@0.0.2 with a deployment script whose offline phase succeeds and whose online phase succeeds
    When somebody types exo baseline --reason 'deployed by hand in May'
    Then it ends with code 0, saying "the next exo run goes on from there"
    When exo runs the application
    Then greeter@0.0.2 is live, its gate is open and its offline script is done
    And the history says attempt-started for greeter@0.0.2 0 times
    And the history says phase-marked-done for the online phase of greeter@0.0.2, by me, because "deployed by hand in May"
    When somebody types exo baseline --reason 'again'
    Then it ends with code 0, saying "nothing is to be adopted in local"
    When somebody types exo baseline greeter@0.0.2 --reason 'again'
    Then it ends with code 1, saying "greeter@0.0.2 is left as it is: its offline phase is done and its online phase is done"

  Scenario: a script that came since the host began is adopted when no host runs
    When exo runs the application
    Given a deployment script of greeter@0.0.1 whose offline phase succeeds
    When somebody types exo script list
    Then the list says "it came since the host that runs began; the next exo run reads it"
    When somebody types exo baseline --reason 'deployed by hand in May'
    Then it ends with code 0, saying "nothing is to be adopted in local"
    When somebody types exo baseline greeter@0.0.1 --reason 'deployed by hand in May'
    Then it ends with code 1, saying "stop exo run, and type this again before the next one"
    When exo run is stopped with SIGINT
    And somebody types exo baseline greeter@0.0.1 --reason 'deployed by hand in May'
    And exo runs the application
    Then greeter@0.0.1 is live, its gate is open and its offline script is done
    And the history says attempt-started for greeter@0.0.1 0 times

  Scenario: a failure that must not be tried again
    Given the service greeter@0.0.2 with a deployment script whose offline phase says that it must not be tried again
    And its script has at most 3 attempts with pauses from 10 ms
    When exo runs the application
    Then greeter@0.0.2 is failed, its gate is held and its offline script is failed
    And the history says attempt-failed for the offline phase of greeter@0.0.2 1 time
    When exo runs the application again
    Then greeter@0.0.2 is failed, its gate is held and its offline script is failed
    And the history says attempt-started for greeter@0.0.2 1 time

  Scenario Outline: the checkpoint before a script that <deed>
    Given the service greeter@0.0.2 with a deployment script whose offline phase <deed>
    And its script has at most 2 attempts with pauses from 10 ms
    When exo runs the application
    Then greeter@0.0.2 is live, its gate is open and its offline script is done
    And the visits are "<visits>"

    Examples:
      | deed                              | visits                                  |
      | finds its own copy wrong, once    | from undefined, from undefined, offline ends |
      | breaks after its checkpoint, once | from undefined, from 7, offline ends  |

  Scenario: the same in Python
    Given the service greeter@0.0.2
    And its script deployment-scripts/greeter-0.0.2.py that says:
      """
      from exorelay import handle


      @handle("deployment-greeter-0.0.2-offline-start")
      async def start(begin, script):
          await script.request("visits.add", {"text": f"from {begin['checkpoint']}"})
          if begin["attempt"] == 1:
              await script.checkpoint({"at": 7})
              script.reply("deployment-greeter-0.0.2-offline-failed", {"reason": "3 missing", "voidsCheckpoint": True})
          else:
              script.reply("deployment-greeter-0.0.2-offline-failed", {"reason": "still 3 missing", "retry": False})
      """
    And its script has at most 5 attempts with pauses from 10 ms
    When exo runs the application
    Then greeter@0.0.2 is failed, its gate is held and its offline script is failed
    And the visits are "from None, from None"

  Scenario: a script tells what it would do
    Given the service greeter@0.0.2 with a deployment script whose offline phase tells what it would do
    When exo runs the application
    And somebody types exo script dry-run greeter@0.0.2 --reason 'before the release'
    Then it ends with code 1, saying "greeter-0.0.2.js has not declared that it can"
    When a deployment-scripts/greeter-0.0.2.yml that says:
      """
      dry-run: true
      """
    And somebody types exo script dry-run greeter@0.0.2 --phase offline --reason 'before the release'
    Then it ends with code 0
    And exo run shows the line "offline phase has made its dry run, which changes nothing"
    And the history says dry-run-ended for the offline phase of greeter@0.0.2 1 time
    And the visits are "offline begins, offline ends"
    And greeter@0.0.2 is live, its gate is open and its offline script is done
    When somebody types exo logs greeter-0.0.2-offline-0
    Then the list says "would add one greeting"

  Scenario Outline: exo <words>
    Given the service greeter@0.0.2 with a deployment script whose offline phase succeeds
    When exo runs the application
    And somebody types exo <words>
    Then it ends with code <code>, saying "<words of the answer>"

    Examples: what does not fit
      | words                                         | code | words of the answer                       |
      | script retry greeter@0.0.2 --reason 'why not' | 1    | its offline phase is done (what fits: rerun) |
      | script retry greeter@0.0.9 --reason 'why not' | 1    | nothing is known of greeter@0.0.9         |

    Examples: what is typed wrong
      | words                                | code | words of the answer                    |
      | script retry greeter@0.0.2           | 2    | --reason                               |
      | script retry greeter --reason 'x'    | 2    | write ROLE@VERSION                     |
      | script retyr greeter@0.0.2           | 2    | did you mean 'exo script retry'?       |
      | script                               | 2    | exo script --help                      |
      | baseline gretter --reason 'x'        | 2    | no deployment script brings in         |
