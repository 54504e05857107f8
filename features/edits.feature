Feature: edits are run at once

  As a developer
  I want the service that I edit to be started again by itself
  So that I see what I have done.

  Rules
  - `exo run --watch` starts the instances of a version again when its files are edited: those that git tracks, or that
    `artifact.files` names, or all where git tracks nothing of the folder.
  - What a build leaves, what git ignores, and a file that is saved as it was restart nothing.
  - What does not start is shown, and the next edit starts it again. service.yml and application.yml need another exo run.
  - An edit of a deployment script runs nothing: what is done stays done. It is said what follows of it.

  Background:
    Given the service visits
    And the service greeter@0.0.1, of which the developer writes edition 1

  Scenario: an edit, and another
    When exo runs the application and watches it
    Then exo run tells "feature in local, from the working tree"
    And exo run tells "this is edition 1"
    When the developer writes edition 2
    Then exo run tells "greeter@0.0.1: lib/edition.js has changed; it is started again"
    And exo run tells "this is edition 2"
    And 3 greetings are all answered by version 0.0.1
    When the developer writes edition 3
    Then exo run tells "this is edition 3"
    And 3 greetings are all answered by version 0.0.1
    And visits is the process that it was

  Scenario: an edit that does not start, and one that mends it
    When exo runs the application and watches it
    And the developer writes something that is no JavaScript
    Then exo run tells "greeter@0.0.1 ended (exit code 1)"
    When the developer writes edition 2
    Then exo run tells "this is edition 2"
    And 3 greetings are all answered by version 0.0.1

  Scenario: what git does not track is nobody's edit
    Given git ignores greeter-0.0.1/dist
    And the application is committed to git
    When exo runs the application and watches it
    And the developer builds into greeter-0.0.1/dist, and saves lib/edition.js as it was
    And the developer writes edition 2
    Then exo run tells "greeter@0.0.1: lib/edition.js has changed; it is started again"
    And exo run tells "this is edition 2"
    And greeter@0.0.1 was started 2 times

  Scenario: a service that nobody has added to git yet
    Given git ignores greeter-0.0.1
    And the application is committed to git
    When exo runs the application and watches it
    And the developer writes edition 2
    Then exo run tells "greeter@0.0.1: lib/edition.js has changed; it is started again"
    And exo run tells "this is edition 2"

  Scenario: an edit of a deployment script
    Given a deployment-scripts/greeter-0.0.1.js that says:
      """
      const phase = "deployment-greeter-0.0.1-offline";
      module.exports = { [`${phase}-start`]: (start, { reply }) => reply(`${phase}-done`) };
      """
    When exo runs the application and watches it
    And a deployment-scripts/greeter-0.0.1.js that says:
      """
      module.exports = {};
      """
    Then exo run tells "deployment-scripts/greeter-0.0.1.js has changed; what is started of it from now on runs it as it is now"
    And greeter@0.0.1 was started 1 time

  Scenario: files that are named are watched whatever git knows of them
    Given greeter@0.0.1 runs what its build leaves in dist, and names that
    And git ignores greeter-0.0.1/dist
    And the application is committed to git
    When exo runs the application and watches it
    And the developer builds edition 2 into dist
    Then exo run tells "greeter@0.0.1: dist/edition.js has changed; it is started again"
    And exo run tells "this is edition 2"

  Scenario: what is read once
    When exo runs the application and watches it
    And the developer edits a file of greeter@0.0.1
    Then exo run tells "greeter-0.0.1/service.yml has changed, and is read when exo run starts"
    When the service visits is taken away
    Then exo run tells "application.yml has changed, and is read when exo run starts"
    And greeter@0.0.1 was started 1 time

  Scenario: without --watch nothing is started again
    When exo runs the application
    And the developer writes edition 2
    And the process of greeter@0.0.1 is killed by the developer
    Then exo run tells "this is edition 2"
    And exo run does not speak of "has changed"
