Feature: a version is one content for good where it is hosted

  As somebody who answers for production
  I want a version that was brought in to be refused with another content
  So that nobody ever has to ask which of two things called 0.0.1 is running.

  Rules
  - In every environment but `local`: a start with other files, or another script, under a version that was brought in is
    refused, and each is named.
  - A script whose last attempt has failed may be mended under its version, before a start or before a retry: nothing
    stands by what it did.

  Scenario Outline: <what>
    Given the service visits
    And the service greeter@0.0.1 with a deployment script whose offline phase succeeds
    And exo runs the application in production
    And exo run is stopped with SIGINT
    When <change>
    And exo is started in production
    Then exo run exits with code 1 and says "<told>"
    When somebody types "exo plan --environment production"
    Then it ends with 1 and says "<told>"
    When exo runs the application
    Then exo run does not speak of "is refused"

    Examples:
      | what                   | change                                                                        | told                                                                         |
      | files that were edited | the developer edits a file of greeter@0.0.1                                   | greeter@0.0.1 was introduced with other files                                |
      | another script         | the developer edits the script of greeter@0.0.1 without changing what it does | greeter-0.0.1.js is not the script that ran as the offline phase of greeter@0.0.1 |

  Scenario: a script that was mended
    Given the service visits
    And the service greeter@0.0.1 with a deployment script whose offline phase says that it has failed
    And its script has at most one attempt of 60 s, of which 60 s may be quiet
    And exo runs the application in production
    And exo run is stopped with SIGINT
    When the developer mends the script of greeter@0.0.1, so that its offline phase succeeds
    And exo runs the application in production
    Then exo run tells "greeter@0.0.1 is live"

  Scenario: a script whose online phase failed is mended before a start
    Given the service visits
    And the service greeter@0.0.1 with a deployment script whose offline phase succeeds and whose online phase says that it has failed
    And its script has at most one attempt of 60 s, of which 60 s may be quiet
    And exo runs the application in production
    And exo run tells "online phase failed"
    And exo run is stopped with SIGINT
    When the developer mends the script of greeter@0.0.1, so that its online phase succeeds
    And exo runs the application in production
    Then exo run tells "online phase done"
    When exo run is stopped with SIGINT
    And exo runs the application in production
    Then exo run does not speak of "is refused"

  Scenario: a script whose online phase failed is mended before a retry
    Given the service visits
    And the service greeter@0.0.1 with a deployment script whose offline phase succeeds and whose online phase says that it has failed
    And its script has at most one attempt of 60 s, of which 60 s may be quiet
    And exo runs the application in production
    And exo run tells "online phase failed"
    When the developer mends the script of greeter@0.0.1, so that its online phase succeeds
    And somebody types "exo script retry greeter@0.0.1 --environment production --reason mended"
    Then exo run tells "online phase done"
    When exo run is stopped with SIGINT
    And exo runs the application in production
    Then exo run does not speak of "is refused"
