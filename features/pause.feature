Feature: a deployment script is paused, resumed and throttled

  As an operator who sees that a running script hurts production
  I want to let it stand still, or go slower, and go on later where it stood
  So that nothing is lost, nothing fails, and nobody has to begin again.

  Rules
  - A paused script is given no more credit: its messages wait with it, and nothing is dropped.
  - Its clocks stand, and no attempt of a paused phase starts, under no host.
  - A retry does not lift a pause; only a resume does.
  - What does not fit is refused with what would fit.

  Background:
    Given the services visits, signals and greeter@0.0.1
    And the service greeter@0.0.2

  @smoke
  Scenario: a copy stands still and goes on
    Given its script deployment-scripts/greeter-0.0.2.js writes records 1 to 400 into the book, saves a checkpoint every 50 and waits at 401 in attempt 1
    When somebody types exo script throttle greeter@0.0.2 100/s --phase offline --reason 'gently'
    Then it ends with code 0, saying "the next exo run goes on from there"
    When exo begins to run the application
    And the book has come to hold 30 records
    And somebody types exo script pause greeter@0.0.2 --reason 'the shop is slow'
    Then it ends with code 0
    And exo status tells that the offline phase of greeter@0.0.2 is running, paused by me: the shop is slow
    And the book stands still
    When somebody types exo script list
    Then the list says "paused by me: the shop is slow"
    When somebody types exo script pause greeter@0.0.2 --phase offline --reason 'the shop is slow'
    Then it ends with code 1, saying "its offline phase is running, and paused (what fits: cancel, resume, throttle)"
    When somebody types exo script throttle greeter@0.0.2 off --reason 'at once'
    And somebody types exo script resume greeter@0.0.2 --reason 'the shop is closed'
    Then greeter@0.0.2 is live, its gate is open and its offline script is done
    And the book holds records 1 to 400 once each, in order
    And the history says attempt-started for the offline phase of greeter@0.0.2 1 time
    And the history says pause-decided for the offline phase of greeter@0.0.2, by me, because "the shop is slow"
    And the history says resume-decided for the offline phase of greeter@0.0.2, by me, because "the shop is closed"

  Scenario: a pause outlives the host
    Given its script deployment-scripts/greeter-0.0.2.js writes records 1 to 400 into the book, saves a checkpoint every 50 and waits at 401 in attempt 1
    When somebody types exo script throttle greeter@0.0.2 100/s --phase offline --reason 'gently'
    And exo begins to run the application
    And the book has come to hold 120 records
    And somebody types exo script pause greeter@0.0.2 --reason 'the shop is slow'
    And the host is killed with SIGKILL
    And exo runs the application
    Then exo run shows the line "the shop is slow"
    And exo run is ready, and tells that greeter@0.0.2 is paused
    And exo status tells that the offline phase of greeter@0.0.2 is pending, paused by me: the shop is slow
    And the history says attempt-started for the offline phase of greeter@0.0.2 1 time
    When somebody types exo script resume greeter@0.0.2 --reason 'the shop is closed'
    Then greeter@0.0.2 is live, its gate is open and its offline script is done
    And the book holds records 1 to 400, of which at most 50 are there twice
    And the history says attempt-started for the offline phase of greeter@0.0.2 2 times

  Scenario: a script is held to a rate
    Given its script deployment-scripts/greeter-0.0.2.js writes records 1 to 60 into the book, saves a checkpoint every 50 and waits at 61 in attempt 1
    When somebody types exo script throttle greeter@0.0.2 20/s --phase offline --reason 'gently'
    And exo runs the application
    Then greeter@0.0.2 is live, its gate is open and its offline script is done
    And the book holds records 1 to 60 once each, in order
    And the offline attempt of greeter@0.0.2 took at least 1500 ms

  Scenario Outline: exo script <words>
    When exo runs the application
    And somebody types exo script <words>
    Then it ends with code <code>, saying "<answer>"

    Examples:
      | words                                           | code | answer                            |
      | throttle greeter@0.0.2 fast --reason 'x'        | 2    | as in 100/s, 30/m or 5/h; or off  |
      | throttle greeter@0.0.2 --reason 'x'             | 2    | RATE                              |
      | pause greeter@0.0.2                             | 2    | --reason                          |
      | resume greeter@0.0.2 --reason 'x'               | 1    | resume does not fit greeter@0.0.2 |
