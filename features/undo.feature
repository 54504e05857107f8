Feature: taking back what a deployment script did

  As an operator whose new version turns out to harm what it was given
  I want its script to take back what it did, behind a closed gate, and to be run again when it is mended
  So that I leave a version as orderly as I brought it in.

  Rules
  - An undo is a person's decision, with a reason; the gate is closed before it starts, and stays held.
  - It is an attempt like any other: recorded first, tried again, gone on with after a crash.
  - Nothing of the version runs again before a person has decided so.

  Background:
    Given the services visits, signals and greeter@0.0.1

  @smoke
  Scenario: applied, undone, applied again
    Given the service greeter@0.0.2 with a deployment script whose offline phase succeeds and whose undo phase succeeds
    When exo runs the application
    Then greeter@0.0.2 is live, its gate is open and its offline script is done
    When somebody types exo script undo greeter@0.0.2 --reason 'it greets the wrong people'
    Then it ends with code 0
    And greeter@0.0.2 is failed, its gate is held and its offline script is undone
    And exo status says "greeter@0.0.2: it is undone by"
    And the history says undo-decided for greeter@0.0.2, by me, because "it greets the wrong people"
    And the history says attempt-done for the undo phase of greeter@0.0.2 1 time
    And 3 greetings are all answered by version 0.0.1
    And the visits are "offline begins, offline ends, undo begins, undo ends"
    When exo run is stopped with SIGINT
    Then greeter@0.0.2 is failed, its gate is held and its offline script is undone
    When exo runs the application
    Then greeter@0.0.2 is failed, its gate is held and its offline script is undone
    When somebody types exo script retry greeter@0.0.2 --reason 'it is mended'
    Then greeter@0.0.2 is live, its gate is open and its offline script is done
    And exo status names the run greeter-0.0.2-offline-2 of greeter@0.0.2
    And the visits are "offline begins, offline ends, undo begins, undo ends, offline begins, offline ends"

  Scenario: the host is killed in the middle of an undo
    Given the service greeter@0.0.2 with a deployment script whose offline phase succeeds and whose undo phase waits for the signal
    When exo runs the application
    And somebody types exo script undo greeter@0.0.2 --reason 'it greets the wrong people'
    And the undo script of greeter@0.0.2 waits for its signal
    Then greeter@0.0.2 is undoing and its gate is held
    And 3 greetings are all answered by version 0.0.1
    When the host is killed with SIGKILL
    And exo begins to run the application
    And the undo script of greeter@0.0.2 waits for its signal
    Then greeter@0.0.2 is undoing and its gate is held
    When the signal for the undo script is given
    Then greeter@0.0.2 is failed and its gate is held
    And the history says attempt-interrupted for the undo phase of greeter@0.0.2 1 time
    And the history says attempt-done for the undo phase of greeter@0.0.2 1 time

  Scenario: an undo that fails is a person's to decide
    Given the service greeter@0.0.2 with a deployment script whose offline phase succeeds and whose undo phase throws
    And its script has at most one attempt of 4 s, of which 2 s may be quiet
    When exo runs the application
    And somebody types exo script undo greeter@0.0.2 --reason 'it greets the wrong people'
    Then greeter@0.0.2 is failed and its gate is held
    And exo status says "the catalogue is unreadable"
    When somebody types exo script rerun greeter@0.0.2 --reason 'again'
    Then it ends with code 1, saying "its undo has failed (what fits: retry, mark-done, pause, throttle)"
    When somebody types exo script mark-done greeter@0.0.2 --reason 'taken back by hand'
    Then it ends with code 0
    And exo status says "greeter@0.0.2: it is undone by"

  Scenario: an undo that is decided while no host runs
    Given the service greeter@0.0.2 with a deployment script whose offline phase succeeds and whose undo phase succeeds
    When exo runs the application
    And exo run is stopped with SIGINT
    And somebody types exo script undo greeter@0.0.2 --reason 'it greets the wrong people'
    Then it ends with code 0, saying "the next exo run goes on from there"
    And greeter@0.0.2 is undoing, its gate is held and its undo script is pending
    When exo runs the application
    Then greeter@0.0.2 is failed and its gate is held
    And the visits are "offline begins, offline ends, undo begins, undo ends"

  Scenario: an undo that is paused
    Given the service greeter@0.0.2 with a deployment script whose offline phase succeeds and whose undo phase succeeds
    When exo runs the application
    And exo run is stopped with SIGINT
    And somebody types exo script undo greeter@0.0.2 --reason 'it greets the wrong people'
    And somebody types exo script pause greeter@0.0.2 --reason 'not before the night'
    And exo runs the application
    Then exo run tells "greeter@0.0.2 undoing (paused)"
    And greeter@0.0.2 is undoing, its gate is held and its undo script is pending
    When somebody types exo script resume greeter@0.0.2 --reason 'it is night'
    Then greeter@0.0.2 is failed, its gate is held and its offline script is undone

  Scenario: of two versions that can both be undone the one that is left takes back
    Given the service greeter@1.0.0 with a deployment script whose offline phase leaves its run in the book and whose undo phase leaves its run in the book
    And the service greeter@2.0.0 with a deployment script whose offline phase leaves its run in the book and whose undo phase leaves its run in the book
    And a deployment-scripts/greeter-2.0.0.yml that says:
      """
      after: 1.0.0
      """
    When exo runs the application
    Then greeter@2.0.0 is live, its gate is open and its offline script is done
    And 3 greetings are all answered by version 2.0.0
    When somebody types exo script undo greeter@2.0.0 --reason 'it greets the wrong people'
    Then greeter@2.0.0 is failed, its gate is held and its offline script is undone
    And greeter@1.0.0 is live, its gate is open and its offline script is done
    And the visits are "greeter-1.0.0-offline-1, greeter-2.0.0-offline-1, greeter-2.0.0-undo-1"
    And 3 greetings are all answered by version 1.0.0
    When somebody types exo script retry greeter@2.0.0 --reason 'it is mended'
    Then greeter@2.0.0 is live, its gate is open and its offline script is done
    And 3 greetings are all answered by version 2.0.0
    When somebody types exo script undo greeter@1.0.0 --reason 'nobody needs it'
    Then greeter@1.0.0 is failed, its gate is held and its offline script is undone
    And the visits are "greeter-1.0.0-offline-1, greeter-2.0.0-offline-1, greeter-2.0.0-undo-1, greeter-2.0.0-offline-2, greeter-1.0.0-undo-1"
    And 3 greetings are all answered by version 2.0.0

  Scenario: another content takes back than the one that did it
    Given the service greeter@0.0.2 with a deployment script whose offline phase succeeds
    And the service greeter@0.0.3 with a deployment script whose offline phase succeeds
    When exo runs the application
    And the developer mends the script of greeter@0.0.2, so that its undo phase succeeds
    And somebody types exo script undo greeter@0.0.2 --reason 'it greets the wrong people'
    Then it ends with code 0
    And it prints "by another content of its script than the one that did it"
    And exo run tells "it is another content of deployment-scripts/greeter-0.0.2.js than the one that did it"
    And greeter@0.0.2 is failed, its gate is held and its offline script is undone
    When exo run is stopped with SIGINT
    And the developer mends the script of greeter@0.0.3, so that its undo phase succeeds
    And somebody types exo script undo greeter@0.0.3 --reason 'it greets the wrong people'
    Then it ends with code 0
    And it prints "by another content of its script than the one that did it"
    And exo plan says "with another content of its script than the one that did it"

  Scenario: a version that was taken away is not undone before it is back
    Given the service greeter@0.0.2 with a deployment script whose offline phase succeeds and whose undo phase succeeds
    When exo runs the application
    And exo run is stopped with SIGINT
    And the version greeter@0.0.2 is taken away
    And somebody types exo script undo greeter@0.0.2 --reason 'no'
    Then it ends with code 1, saying "it is not in the application; put it back into application.yml"
    When exo runs the application
    And somebody types exo script undo greeter@0.0.2 --reason 'no'
    Then it ends with code 1, saying "it is not in the application; put it back into application.yml"
    And the history says undo-decided for greeter@0.0.2 0 times

  Scenario: an undo waits for a version that is taken away after it was decided
    Given the service greeter@0.0.2 with a deployment script whose offline phase succeeds and whose undo phase succeeds
    When exo runs the application
    And exo run is stopped with SIGINT
    And somebody types exo script undo greeter@0.0.2 --reason 'it greets the wrong people'
    And the version greeter@0.0.2 is taken away
    Then exo status says "greeter@0.0.2: its undo waits: it is not in the application; put it back into application.yml"
    And exo plan says "leave the undo of greeter@0.0.2 waiting: its undo waits: it is not in the application; put it back"
    When exo runs the application
    Then exo run tells "undo waits: it is not in the application; put it back into application.yml"
    And exo status says "greeter@0.0.2: its undo waits: it is not in the application; put it back into application.yml"
    And the visits are "offline begins, offline ends"
    When exo run is stopped with SIGINT
    And the version greeter@0.0.2 is put back
    And exo runs the application
    Then greeter@0.0.2 is failed, its gate is held and its offline script is undone
    And the visits are "offline begins, offline ends, undo begins, undo ends"

  Scenario: an undo waits for a script that is taken away after it was decided
    Given the service greeter@0.0.2 with a deployment script whose offline phase succeeds and whose undo phase succeeds
    When exo runs the application
    And exo run is stopped with SIGINT
    And somebody types exo script undo greeter@0.0.2 --reason 'it greets the wrong people'
    And the script of greeter@0.0.2 is taken away
    Then exo status says "greeter@0.0.2: its undo waits: its script is not in the application; put deployment-scripts/greeter-0.0.2 back"
    And exo plan says "leave greeter@0.0.2 held: its undo waits: its script is not in the application"
    When exo runs the application
    Then exo run tells "greeter@0.0.2 is held: its undo is not begun"
    And exo status says "greeter@0.0.2: its undo waits: its script is not in the application; put deployment-scripts/greeter-0.0.2 back"

  Scenario: what cannot be undone is refused, with the reason
    Given the service greeter@0.0.2 with a deployment script whose offline phase succeeds
    And the service greeter@0.0.3 with a deployment script whose offline phase succeeds
    And a deployment-scripts/greeter-0.0.3.yml that says:
      """
      requires: 0.0.2
      """
    When exo runs the application
    And somebody types exo script undo greeter@0.0.1 --reason 'no'
    Then it ends with code 1, saying "nothing of its script was done here"
    When somebody types exo script undo greeter@0.0.3 --reason 'no'
    Then it ends with code 1, saying "has no handler of deployment-greeter-0.0.3-undo-start"
    When the developer mends the script of greeter@0.0.2, so that its undo phase succeeds
    And somebody types exo script undo greeter@0.0.2 --reason 'no'
    Then it ends with code 1, saying "the script of greeter@0.0.3, which is done, requires it"

  Scenario: the only version that serves is undone with force alone
    Given the service patient@0.0.1 with a deployment script whose offline phase succeeds and whose undo phase succeeds
    When exo runs the application
    And somebody types exo script undo patient@0.0.1 --reason 'no'
    Then it ends with code 1, saying "no other version of patient serves"
    When somebody types exo script undo patient@0.0.1 --force --reason 'it must go'
    Then it ends with code 0
    And patient@0.0.1 is failed and its gate is held
