Feature: a deployment script is tried before it is run

  As somebody who is about to bring a version in
  I want its script to tell what it would do, with the fleet that it would do it to, before it does anything
  So that what is wrong with it is found while nothing has happened yet.

  Rules
  - `exo run --dry-run` runs no script for real, opens no gate for one, and stops by itself.
  - Only a script that has declared that it can is started; one that has not is named.
  - Whatever comes of it, the next run begins as if there had been none.

  Background:
    Given the services visits and signals

  @smoke
  Scenario: before the first run
    Given the service greeter@0.0.2 with a deployment script whose offline phase tells what it would do and whose online phase tells what it would do
    And a deployment-scripts/greeter-0.0.2.yml that says:
      """
      dry-run: true
      """
    When exo run --dry-run is started
    Then exo run exits with code 0, after it has said "stopping: 1 dry run succeeded"
    And exo run exits with code 0, after it has said "its offline phase has not been run for real"
    And no process of the application is left
    And the history tells in this order about greeter@0.0.2:
      | event           | phase   |
      | dry-run-started | offline |
      | dry-run-ended   | offline |
    When somebody types exo logs greeter-0.0.2-offline-0
    Then the list says "would add one greeting"
    When exo runs the application
    Then greeter@0.0.2 is live, its gate is open and its offline script is done
    And the visits are "offline begins, offline ends, online begins, online ends"

  Scenario: a script that would fail
    Given the service greeter@0.0.2 with a deployment script whose offline phase says that it has failed
    And a deployment-scripts/greeter-0.0.2.yml that says:
      """
      dry-run: true
      """
    When exo run --dry-run is started
    Then exo run exits with code 1, after it has said "stopping: 1 of 1 dry run failed"
    And exo run exits with code 1, after it has said "reason: no backup was found"
    When somebody types exo report --list
    Then it says "greeter@0.0.2 dry-run, failed"
    When somebody types exo report --rollout last
    Then it says "offline phase, dry run: failed, 1 attempt"
    And the history says attempt-started for greeter@0.0.2 0 times

  Scenario: a script that has not declared that it can
    Given the service greeter@0.0.2 with a deployment script whose offline phase succeeds
    When exo run --dry-run is started
    Then exo run exits with code 0, after it has said "greeter-0.0.2.js has not declared that it can"
    And exo run exits with code 0, after it has said "stopping: greeter@0.0.2 was not dry-run"
    And the history says dry-run-started for greeter@0.0.2 0 times
    When exo runs the application
    Then the visits are "offline begins, offline ends"

  Scenario: a version that does not start
    Given the service greeter whose command is "node -e process.exit(1)" and which has 2 s to get ready
    And its deployment script whose offline phase succeeds
    When exo run --dry-run is started
    Then exo run exits with code 1, after it has said "is held: it has no ready instance"
    And exo run exits with code 1, after it has said "it is only tried, so nothing of this is recorded"
    And the history says version-failed for greeter@0.0.1 0 times
    And the history says version-introduced for greeter@0.0.1 0 times

  Scenario: when nothing is left to run
    Given the service greeter@0.0.2 with a deployment script whose offline phase succeeds
    When exo runs the application
    And exo run is stopped with SIGINT
    And exo run --dry-run is started
    Then exo run exits with code 0, after it has said "stopping: no script has anything left to run"
    And the history says attempt-started for greeter@0.0.2 1 time

  Scenario: a dry run that is cancelled has not failed
    Given the service greeter@0.0.2 with a deployment script whose offline phase waits for the signal
    And a deployment-scripts/greeter-0.0.2.yml that says:
      """
      dry-run: true
      """
    When exo run --dry-run is started
    And the offline script of greeter@0.0.2 waits for its signal
    And somebody types exo script cancel greeter@0.0.2 --reason 'it hangs'
    Then exo run exits with code 1, after it has said "stopping: the dry run of greeter@0.0.2 was cancelled"

  Scenario: Ctrl-C before it is over
    Given the service greeter@0.0.2 with a deployment script whose offline phase waits for the signal
    And a deployment-scripts/greeter-0.0.2.yml that says:
      """
      dry-run: true
      """
    When exo run --dry-run is started
    And the offline script of greeter@0.0.2 waits for its signal
    And Ctrl-C is pressed
    Then exo run exits with code 1, after it has said "press Ctrl-C again to end everything at once"
    And exo run exits with code 1, after it has said "offline phase was interrupted in its dry run, which changes nothing"
    And the history says dry-run-ended for greeter@0.0.2 1 time

  Scenario: paused, dry-run and resumed while the fleet serves
    Given the service greeter@0.0.2 with a deployment script whose offline phase tells what it would do
    And a deployment-scripts/greeter-0.0.2.yml that says:
      """
      dry-run: true
      """
    When somebody types exo script pause greeter@0.0.2 --phase offline --reason 'a look first'
    And exo runs the application
    And somebody types exo script dry-run greeter@0.0.2 --reason 'a look first'
    Then it ends with code 0
    And exo run shows the line "offline phase has made its dry run, which changes nothing"
    And the history says dry-run-started for the offline phase of greeter@0.0.2, by me, because "a look first"
    And the history says attempt-started for greeter@0.0.2 0 times
    When somebody types exo script resume greeter@0.0.2 --reason 'it looks well'
    Then greeter@0.0.2 is live, its gate is open and its offline script is done
    And the visits are "offline begins, offline ends"

  Scenario: a dry run that hangs is ended
    Given the service greeter@0.0.2 with a deployment script whose offline phase succeeds
    When exo runs the application
    And the developer mends the script of greeter@0.0.2, so that its offline phase waits for the signal
    And a deployment-scripts/greeter-0.0.2.yml that says:
      """
      dry-run: true
      """
    And somebody types exo script dry-run greeter@0.0.2 --phase offline --reason 'a look'
    And the offline script of greeter@0.0.2 waits for its signal
    And somebody types exo script cancel greeter@0.0.2 --reason 'it hangs'
    Then it ends with code 0
    And the history comes to say dry-run-ended for the offline phase of greeter@0.0.2 1 times
    And exo run tells "offline phase was cancelled in its dry run, which changes nothing"
    And exo run tells "reason: cancelled by"
    And no process of a deployment script is left
    And greeter@0.0.2 is live, its gate is open and its offline script is done

  Scenario: the services of exo host are left alone
    Given the service greeter@0.0.2 with a deployment script whose offline phase succeeds
    When exo hosts the application
    And the host alone is killed
    And exo run --dry-run is started
    Then exo run exits with code 1, after it has said "services run here without a host, and would end with a dry run"
    And the services run on, without a host

  Scenario Outline: exo <words>
    Given the service greeter@0.0.2 with a deployment script whose offline phase succeeds
    When exo runs the application
    And somebody types exo <words>
    Then it ends with code <code>, saying "<answer>"

    Examples:
      | words                              | code | answer                                  |
      | script dry-run greeter@0.0.2       | 2    | --reason                                |
      | script verify greeter@0.0.2        | 2    | --reason                                |
      | script pause greeter@0.0.2 --reason ' ' | 2 | --reason: it says nothing; write why     |
      | run --dry-run --take-over          | 2    | --take-over excludes --dry-run          |
      | run --dry-run --until-ready        | 2    | --until-ready excludes --dry-run        |
