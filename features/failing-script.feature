Feature: a failing offline script holds its version

  As an operator who answers for production
  I want a version whose offline script fails to get no traffic, and everything beside it to go on
  So that a bad deployment is news for its developer, and not for my users.

  Rules
  - However a script ends without saying that it is done, its attempt has failed: it exits, is killed, says so,
    throws, stalls, or runs out of time.
  - The version is failed and its gate held; the version beside it serves as before.
  - `exo run` says what failed, where the log with the script's last words is, and what to do next.

  Background:
    Given the services visits and greeter@0.0.1

  Scenario Outline: the offline script of the new version <how>
    Given the service greeter@0.0.2 with a deployment script whose offline phase <how>
    And its script has at most one attempt of 4 s, of which 2 s may be quiet
    When exo runs the application
    Then greeter@0.0.2 is failed, its gate is held and its offline script is failed
    And exo run says that greeter@0.0.2 failed because of "<reason>"
    And exo run names a log file that holds "<last words>"
    And exo run says what to do next about greeter@0.0.2
    And 20 greetings are all answered by version 0.0.1
    And the history says attempt-failed for the offline phase of greeter@0.0.2 1 time
    And the history says version-failed for greeter@0.0.2 1 time

    @smoke
    Examples: it says so itself
      | how                      | reason              | last words          |
      | says that it has failed  | no backup was found | last words: see you |

    Examples: it ends in another way
      | how                           | reason                    | last words           |
      | exits with code 3             | exit code 3               | last words: no disk  |
      | exits with code 0 before it is done | exit code 0         | last words: bye      |
      | is killed by a signal         | SIGKILL                   | last words: ouch     |
      | throws                        | catalogue is unreadable   | last words: catch    |
      | rejects                       | promise was broken        | last words: later    |
      | sends what nobody receives    | nobody.hears              | last words: anyone   |
      | hangs                         | no message and no progress | last words: thinking |
      | goes on and on                | 4.0 s                     | last words: nearly   |

  Scenario: the offline script cannot even be read
    Given the service greeter@0.0.2 with a deployment script that has a syntax error
    And its script has at most one attempt of 4 s, of which 2 s may be quiet
    When exo runs the application
    Then greeter@0.0.2 is failed, its gate is held and its offline script is failed
    And exo run names a log file that holds "SyntaxError"
    And exo run says what to do next about greeter@0.0.2
    And 20 greetings are all answered by version 0.0.1

  Scenario: a failed attempt is followed by another, and every failure by a longer pause
    Given the service greeter@0.0.2 with a deployment script whose offline phase exits with code 3
    And its script has at most 3 attempts with pauses from 100 ms
    When exo runs the application
    Then greeter@0.0.2 is failed, its gate is held and its offline script is failed
    And the history says attempt-failed for the offline phase of greeter@0.0.2 3 times

  Scenario: a failing version is still held after a restart
    Given the service greeter@0.0.2 with a deployment script whose offline phase exits with code 3
    And its script has at most one attempt of 4 s, of which 2 s may be quiet
    When exo runs the application
    And exo runs the application again
    Then greeter@0.0.2 is failed, its gate is held and its offline script is failed
    And 20 greetings are all answered by version 0.0.1

  Scenario: the mended script brings the version in
    Given the service greeter@0.0.2 with a deployment script whose offline phase throws
    And its script has at most one attempt of 4 s, of which 2 s may be quiet
    When exo runs the application
    And the developer mends the script of greeter@0.0.2, so that its offline phase succeeds
    And exo runs the application again
    Then greeter@0.0.2 is live and its gate is open
    And the visits are "offline begins, offline ends"
