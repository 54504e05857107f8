Feature: what the next run would do

  As somebody who is about to bring a version in
  I want to see what would happen, in order, and why
  So that nothing that a deployment script does comes as a surprise.

  Rules
  - A plan is what the rollout itself would do if all went well; it changes nothing, not even the state's folder.
  - What would be refused when it is run is refused when it is planned.

  @smoke
  Scenario: before the first run
    Given the services visits
    And the service greeter@0.0.1 with a deployment script whose offline phase succeeds and whose online phase succeeds
    Then exo plan tells these steps about greeter@0.0.1:
      | step      | phase   | why                        |
      | introduce |         | it was never here          |
      | run-phase | offline | it never ran here          |
      | open-gate |         | its offline phase is done then |
      | run-phase | online  | it never ran here          |
      | live      |         |                            |
    And nothing of exo is in the application's folder
    When exo runs the application
    Then the history tells in this order about greeter@0.0.1:
      | event              | phase   |
      | version-introduced |         |
      | attempt-started    | offline |
      | gate-opened        |         |
      | attempt-started    | online  |
      | version-live       |         |

  Scenario: when all has run, also while it runs
    Given the services visits
    And the service greeter@0.0.1 with a deployment script whose offline phase succeeds
    When exo runs the application
    Then exo plan tells these steps about greeter@0.0.1:
      | step       | phase | why                |
      | comes-back |       | it was live before |
    And exo plan says that a host runs now

  Scenario: what failed is tried again, and what must not be is left held
    Given the services visits
    And the service greeter@0.0.1 with a deployment script whose offline phase throws
    And its script has at most one attempt of 4 s, of which 2 s may be quiet
    And the service greeter@0.0.2 with a deployment script whose offline phase says that it must not be tried again
    When exo runs the application
    And exo run is stopped with SIGINT
    Then exo plan tells these steps about greeter@0.0.1:
      | step      | phase   | why                        |
      | run-phase | offline | attempt 1 failed           |
      | open-gate |         | its offline phase is done then |
      | live      |         |                            |
    And exo plan tells these steps about greeter@0.0.2:
      | step | phase | why                            |
      | fail |       | two greetings have one number  |

  Scenario: a circle is refused when it is planned
    Given the services visits, greeter@0.0.1 and greeter@0.0.2
    And greeter@0.0.1 requires 0.0.2
    And greeter@0.0.2 requires 0.0.1
    When somebody types exo plan
    Then it ends with code 1, saying "so that none could be introduced first"
    When somebody types exo check
    Then it ends with code 1
