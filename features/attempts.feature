Feature: every attempt at a phase can be seen afterwards

  As an operator who is told that a deployment script has failed
  I want to see what each of its attempts wrote, how it ended and what it took
  So that I can tell a full disk from a mistake, and a slow night from a hang.

  Rules
  - An attempt's output is on the disk before anything says how it ended.
  - How its process ended, how long it took and the most memory that it had are in the ledger.
  - The logs of the newest attempts are kept, and that of an attempt that is not finished always.

  Background:
    Given the services visits and signals

  @smoke
  Scenario: a run with an attempt that failed and one that was done
    Given the service greeter@0.0.1
    And its script deployment-scripts/greeter-0.0.1.js that says:
      """
      module.exports = {
        "deployment-greeter-0.0.1-offline-start": ({ attempt }, { reply }) => {
          console.log(`this is attempt ${attempt}`);
          if (attempt === 1) process.exit(3);
          reply("deployment-greeter-0.0.1-offline-done");
        },
      };
      """
    And its script has at most 3 attempts with pauses from 100 ms
    When exo runs the application
    Then exo logs greeter-0.0.1-offline-1 shows these lines, in which N is any number:
      | exo: greeter-0.0.1-offline-1, attempt 1: failed after N, exit code 3, peak memory N MiB; began N |
      | exo:   reason: it ended (exit code 3) before it said done                                        |
      | deployment-greeter-0.0.1 \| this is attempt 1                                                    |
      | exo: greeter-0.0.1-offline-1, attempt 2: done after N, exit code 0, peak memory N MiB; began N   |
      | deployment-greeter-0.0.1 \| this is attempt 2                                                    |
    And exo logs greeter-0.0.1-offline-1 --attempt 2 shows "this is attempt 2" and not "attempt 1"
    And exo logs greeter-0.0.1-offline-1 --json tells that attempt 1 failed with "exit code 3" and attempt 2 was done with "exit code 0"
    And the history tells for each attempt of greeter@0.0.1 how its process ended
    When exo run is stopped with SIGINT
    Then exo logs greeter-0.0.1-offline-1 --attempt 1 shows "this is attempt 1" and not "attempt 2"

  Scenario: an attempt that is under way
    Given the service greeter@0.0.1 with a deployment script whose offline phase waits for the signal
    When exo begins to run the application
    And the offline script of greeter@0.0.1 is running
    Then exo logs greeter-0.0.1-offline-1 shows "attempt 1: running; began" and not "after"
    When the signal for the offline script is given
    Then exo run is ready

  Scenario Outline: a wrong word: exo logs <words>
    Given the service greeter@0.0.1 with a deployment script whose offline phase succeeds
    When exo runs the application
    And somebody types exo logs <words>
    Then it ends with code <code>, saying "<message>"

    Examples:
      | words                               | code | message                                         |
      | greeter-0.0.1-offline-1 --attempt 7 | 1    | has no attempt 7; its last is 1                 |
      | greeter --attempt 1                 | 2    | --attempt goes with one run                     |
      | greeter-0.0.1-offline-2             | 1    | did you mean "greeter-0.0.1-offline-1"?         |

  Scenario: only the newest logs of a run are kept, and all ends of attempts
    Given the service greeter@0.0.1 with a deployment script whose offline phase exits with code 3
    And a deployment-scripts/greeter-0.0.1.yml that says:
      """
      attempts: 5
      pause: 20ms
      keep-logs: 2
      """
    When exo runs the application
    Then the logs of greeter-0.0.1-offline-1 that are left are of attempts 4 and 5
    And exo logs exo shows "the log of attempt 3 of greeter-0.0.1-offline-1 was deleted: 2 newer ones are kept" and not "of attempt 4"
    And exo logs greeter-0.0.1-offline-1 shows "attempt 1: failed" and not "attempt 6"
    And exo logs greeter-0.0.1-offline-1 --attempt 2 shows "its log was deleted; the last line of it, from the ledger:" and not "attempt 1"
    And exo logs greeter-0.0.1-offline-1 --attempt 2 shows "deployment-greeter-0.0.1 | last words: no disk" and not "no line of it"
    And exo logs greeter-0.0.1-offline-1 --attempt 4 shows "deployment-greeter-0.0.1 | last words: no disk" and not "was deleted"
    And exo logs greeter-0.0.1-offline-1 --json tells which logs were deleted, and the last words of all

  Scenario: the last words outlive a folder of logs that somebody has deleted
    Given the service greeter@0.0.1 with a deployment script whose offline phase exits with code 3
    And a deployment-scripts/greeter-0.0.1.yml that says:
      """
      attempts: 1
      """
    When exo runs the application
    And exo run is stopped with SIGINT
    And somebody deletes .exo/local/logs
    Then exo logs greeter-0.0.1-offline-1 shows "deployment-greeter-0.0.1 | last words: no disk" and not "nothing has run"

  Scenario: how long a log may become is said in application.yml
    Given the service talker
    And application.yml limits logs to 1MiB
    When exo runs the application
    And talker says more than that on its output
    Then the logs of talker@0.0.1 take no more than that, and say that their oldest part was deleted

  Scenario: a mistake in the limits of logs
    Given application.yml limits logs to 7 bytes
    When exo begins to run the application
    Then exo run exits with code 1 and names application.yml with a line
