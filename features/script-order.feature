Feature: the order of deployment scripts

  As a developer whose script reads what another script has moved
  I want to say which comes first
  So that nobody has to start exo twice, and nothing is copied from a place that is not filled yet.

  Rules
  - A script that runs after another one waits for the same phase of it, where that will run here.
  - A version that requires a script is not introduced before that is done, and one that requires a version of whichever
    role not before that is live. What is required and is nowhere is refused.
  - Scripts that say nothing of each other run side by side; a version that comes in after a higher one is told to be out
    of order.
  - What waits for itself is refused, by name, before anything starts.

  Background:
    Given the services visits and signals

  @smoke
  Scenario: a script runs after that of another version
    Given the service greeter@0.0.1 with a deployment script whose offline phase waits for the signal
    And the service greeter@0.0.2 with a deployment script whose offline phase succeeds
    And a deployment-scripts/greeter-0.0.2.yml that says:
      """
      after: [greeter@0.0.1]
      """
    Then exo plan tells these steps about greeter@0.0.2:
      | step      | phase   | why                                              |
      | introduce |         | it was never here                                |
      | run-phase | offline | it never ran here; after that of greeter@0.0.1   |
      | open-gate |         | its offline phase is done then                   |
      | live      |         |                                                  |
    When exo begins to run the application
    And the offline script of greeter@0.0.1 waits for its signal
    Then exo status says "greeter@0.0.2: its offline script runs after that of greeter@0.0.1"
    And the offline script of greeter@0.0.2 is pending
    When the signal for the offline script is given
    Then exo run is ready
    And greeter@0.0.2 is live, its gate is open and its offline script is done
    And the attempt at the offline phase of greeter@0.0.2 began after that of greeter@0.0.1 was done

  Scenario: a version requires a script, and is introduced after it
    Given the service greeter@0.0.1 with a deployment script whose offline phase waits for the signal
    And the service greeter@0.0.2 with a deployment script whose offline phase succeeds
    And a deployment-scripts/greeter-0.0.2.yml that says:
      """
      requires: 0.0.1
      """
    When exo begins to run the application
    And the offline script of greeter@0.0.1 waits for its signal
    Then greeter@0.0.2 is staged and its gate is held
    And exo status says "greeter@0.0.2: it waits for the script of greeter@0.0.1 to be done"
    When the signal for the offline script is given
    Then exo run is ready
    And greeter@0.0.2 is live, its gate is open and its offline script is done

  Scenario: a script that is required and fails keeps the version out, until it is done after all
    Given the service greeter@0.0.1 with a deployment script whose offline phase throws
    And its script has at most one attempt of 4 s, of which 2 s may be quiet
    And the service greeter@0.0.2 with a deployment script whose offline phase succeeds
    And a deployment-scripts/greeter-0.0.2.yml that says:
      """
      requires: [greeter@0.0.1]
      """
    When exo runs the application
    Then greeter@0.0.2 is failed and its gate is held
    And exo status says "greeter@0.0.2: it requires greeter@0.0.1, which failed"
    When the developer mends the script of greeter@0.0.1, so that its offline phase succeeds
    And somebody types exo script retry greeter@0.0.1 --reason 'it is mended'
    Then greeter@0.0.2 is live, its gate is open and its offline script is done

  Scenario: a version requires one of another role
    Given the service greeter@0.0.1 with a deployment script whose offline phase waits for the signal
    And the service talker@0.0.1
    And talker@0.0.1 requires greeter@0.0.1
    When exo begins to run the application
    And the offline script of greeter@0.0.1 waits for its signal
    Then talker@0.0.1 is staged and its gate is held
    And exo status says "talker@0.0.1: it waits for greeter@0.0.1 to be live"
    When the signal for the offline script is given
    Then exo run is ready
    And talker@0.0.1 is live and its gate is open

  Scenario: a version that is nowhere is required
    Given the services talker@0.0.1 and greeter@0.0.2
    And talker@0.0.1 requires greeter@0.0.1
    When somebody types exo check
    Then it ends with code 1
    When somebody types exo plan
    Then it ends with code 1, saying ""greeter@0.0.1" is not in the application, and not live in local, so that it could never come in; add its folder to greeter in application.yml, or name one that is there: 0.0.2"
    When somebody types exo run
    Then it ends with code 1
    And it says "talker-0.0.1/service.yml:"
    And nothing of exo is in the application's folder

  Scenario: a version that is required was taken out of the application when it was live
    Given the service greeter@0.0.1
    And exo runs the application
    And exo run is stopped with SIGINT
    And the service greeter is taken away
    And the service talker@0.0.1
    And talker@0.0.1 requires greeter@0.0.1
    When somebody types exo check
    Then it ends with code 0
    When exo runs the application
    Then talker@0.0.1 is live and its gate is open

  Scenario: a lower version comes in after a higher one
    Given the service greeter@0.0.2
    And exo runs the application
    And exo run is stopped with SIGINT
    And the service greeter@0.0.1 with a deployment script whose offline phase succeeds
    Then exo plan tells these steps about greeter@0.0.1:
      | step      | phase   | why                                                                     |
      | introduce |         | it was never here; out of order: greeter@0.0.2 was introduced before it |
      | run-phase | offline | it never ran here                                                       |
      | open-gate |         | its offline phase is done then                                          |
      | live      |         |                                                                         |
    When exo runs the application
    Then exo run tells "greeter@0.0.1 is introduced out of order: greeter@0.0.2 was introduced before it"
    And greeter@0.0.1 is live, its gate is open and its offline script is done
    When somebody types exo history
    Then it says "version-introduced greeter@0.0.1: out of order: greeter@0.0.2 was introduced before it"

  Scenario: versions in between are left out, unless they are required
    Given the service greeter@0.0.3 with a deployment script whose offline phase succeeds
    And a deployment-scripts/greeter-0.0.3.yml that says:
      """
      after: [greeter@0.0.2]
      """
    When exo runs the application
    Then greeter@0.0.3 is live, its gate is open and its offline script is done

  Scenario Outline: <what> is refused before anything starts
    Given the service greeter@0.0.1 with a deployment script whose offline phase succeeds
    And the service greeter@0.0.2 with a deployment script whose offline phase succeeds
    And a deployment-scripts/greeter-0.0.1.yml that says:
      """
      after: [greeter@0.0.2]
      """
    And a deployment-scripts/greeter-0.0.2.yml that says:
      """
      requires: [<required>]
      """
    When somebody types exo check
    Then it ends with code 1
    When somebody types exo plan
    Then it ends with code 1, saying "<mistake>"
    When somebody types exo run
    Then it ends with code 1
    And nothing of exo is in the application's folder

    Examples:
      | what          | required      | mistake                                                                     |
      | a circle      | greeter@0.0.1 | deployment-scripts/greeter-0.0.1.yml:1: after[0]: "greeter@0.0.2": greeter@0.0.1 runs after greeter@0.0.2, which requires greeter@0.0.1, so that none could go first |
      | a wrong name  | greter@0.0.1  | there is no service "greter"; name a version of one of application.yml; did you mean "greeter"? |
      | no version    | greeter       | expected a version, such as "accounts@2.0.0"                                |
