Feature: what has run stays as it was, and what differs is named

  As somebody who looks after an environment for years
  I want to hear when the application does not fit any more what was done here
  So that an edit neither runs anything again nor goes unnoticed.

  Rules
  - A script that was edited, or taken away, after its phases were done is named; nothing is run again.
  - A version that was introduced and is not in the application any more is named.
  - A version whose files are not those that it was introduced with is named; it goes on as it was.

  Background:
    Given the service visits
    And the service greeter@0.0.1 with a deployment script whose offline phase succeeds
    And exo runs the application
    And exo run is stopped with SIGINT

  Scenario: a script that was edited
    Given the developer edits the script of greeter@0.0.1 without changing what it does
    When exo runs the application
    Then exo run tells "greeter-0.0.1.js"
    And exo run tells "nothing is run again"
    And the visits are "offline begins, offline ends"

  Scenario: a script that was taken away
    Given the script of greeter@0.0.1 is taken away
    When exo runs the application
    Then exo run tells "was run by a script that is not in the application any more"
    And greeter@0.0.1 is live and its gate is open

  Scenario: a version that was taken away
    Given the service greeter is taken away
    When exo runs the application
    Then exo run tells "greeter@0.0.1, which was live here, is not in the application any more"

  Scenario: a version that was taken away, in exo status
    Given the service greeter is taken away
    Then exo status lists greeter@0.0.1 as removed, with its gate held
    When exo runs the application
    Then exo status lists greeter@0.0.1 as removed, with its gate held

  Scenario: a version whose files were edited
    Given the developer edits a file of greeter@0.0.1
    When exo runs the application
    Then exo run tells "greeter@0.0.1 was introduced here with other files than those in its folder now"
    And greeter@0.0.1 is live and its gate is open
    And the visits are "offline begins, offline ends"

  Scenario: a version whose files were edited, and which git knows only now
    Given the application is put under git
    And the developer edits a file of greeter@0.0.1
    When exo runs the application
    Then exo run tells "greeter@0.0.1 was introduced here with other files than those in its folder now"

  Scenario: nothing was edited
    When exo runs the application
    Then greeter@0.0.1 is live and its gate is open
    And exo run does not speak of "was introduced here with other files"
