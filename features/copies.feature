Feature: hosted versions run from copies of their artifacts

  As somebody who answers for production
  I want each version to run from a copy of its artifact that nobody may write
  So that an edit, a pull or a half-made build in the working tree touches nothing that runs.

  Rules
  - `exo host` runs each version, and its deployment script, from the artifact that was built last for it; it builds where
    there is none. `exo run` runs from the working tree, and says so.
  - Where it is hosted (not in `local`), nothing is built of what is not committed, and a version that was brought in stays
    what it was brought in as.
  - In `local` a version that cannot be packed runs from the working tree, and the host says so.

  Background:
    Given the services visits and greeter@0.0.1
    And the service signals
    And the service greeter@0.0.1 with a deployment script whose offline phase succeeds

  Scenario: nothing that happens in the working tree touches what runs
    Given the application is committed to git
    When exo hosts the application in production
    Then exo run tells "greeter@0.0.1 has no artifact yet; building it"
    And exo run tells "feature in production, from artifacts"
    And every instance runs in a copy of its own, which may not be written
    And the ledger names the artifact that greeter@0.0.1 was introduced from
    When the developer edits a file of greeter@0.0.1
    And the host in production is killed, and the process of greeter@0.0.1
    And exo hosts the application in production
    Then exo run tells "greeter@0.0.1 runs from its artifact"
    And exo run tells "the working tree has something else (service/service.yml); what has run stands: give what is new a version of its own"
    And every instance runs in a copy of its own, which may not be written
    And greeter@0.0.1 runs from the copy that it ran from, and visits is the process that it was

  Scenario: what is not committed is not built where it is hosted
    Given the application is committed to git
    And the developer edits a file of greeter@0.0.1
    When exo begins to host the application in production
    Then the host exits with code 1 and says "greeter@0.0.1 cannot be packed:"
    And the host has said "its files differ from the commit"
    When somebody types exo build --environment production
    And exo hosts the application in production
    Then exo run tells "greeter@0.0.1 runs from an artifact that differs from the commit"

  Scenario: a working tree that cannot be compared with what was brought in
    Given the application is committed to git
    And the developer edits a file of greeter@0.0.1
    When somebody types exo build --environment production
    And the developer edits a file of greeter@0.0.1
    And exo hosts the application in production
    And the host in production is stopped, with its fleet
    And somebody types exo run --environment production --until-ready
    Then it exits with code 1 and says "greeter@0.0.1 was introduced from an artifact"

  Scenario: an application that is not in git
    When exo begins to host the application in production
    Then the host exits with code 1 and says "visits@0.0.1, greeter@0.0.1 and signals@0.0.1 cannot have one"
    And the host has said "is in no git repository; put it into one (git init, git add), or name its files"
    When exo hosts the application
    Then exo run tells "visits@0.0.1, greeter@0.0.1 and signals@0.0.1 run from the working tree"
    And exo run tells "feature in local, from the working tree"

  Scenario: files that are named need no git
    Given each service.yml names its files
    When exo hosts the application in production
    Then every instance runs in a copy of its own, which may not be written

  Scenario: what was built is what runs, until it is built again
    Given the application is committed to git
    When somebody types exo build
    And the developer edits a file of greeter@0.0.1
    And exo hosts the application
    Then exo run tells "to have that run: exo build greeter@0.0.1"
    And exo run does not speak of "building it"
    When somebody types exo build greeter
    And the host alone is killed
    And exo hosts the application
    Then exo run tells "greeter@0.0.1 was introduced here with other files than those in its folder now"
    And the services are the processes that they were
    And the copy that greeter@0.0.1 runs from is there, beside the one for its next instance
    When exo stop is typed
    And exo hosts the application
    Then there are 3 copies, and each is run from

  Scenario: another artifact of a version that was brought in
    Given the application is committed to git
    And exo hosts the application in production
    And the host in production is stopped, with its fleet
    When another artifact of greeter@0.0.1 gets into what production has
    And exo hosts the application in production
    Then exo run tells "which was built later, has another content and is refused"
    And greeter@0.0.1 runs from the copy that it ran from

  Scenario: a script that was mended comes with a new artifact
    Given the service greeter@0.0.1 with a deployment script whose offline phase says that it has failed
    And its script has at most one attempt of 60 s, of which 60 s may be quiet
    And the application is committed to git
    And exo hosts the application in production
    And exo run tells "its offline phase failed"
    And exo run tells "exo build greeter --environment production, exo stop --host-only --environment production"
    When the developer mends the script of greeter@0.0.1, so that its offline phase succeeds
    And somebody types exo build greeter --environment production
    And the host in production is stopped, with its fleet
    And exo hosts the application in production
    Then exo run tells "greeter@0.0.1 is live"

  Scenario: a script finds what lies beside it, and the relay
    Given the service greeter@0.0.1 with a deployment script that needs a helper beside it
    And the application is committed to git
    When exo hosts the application in production
    Then exo run tells "greeter@0.0.1 is live"

  Scenario: a service with a user of its own
    Given exo is run by root, in a folder that everybody may enter
    And the service lodger with "user: nobody" in its service.yml
    And the application is committed to git
    When exo hosts the application
    Then lodger runs as nobody, with its groups and its home
    And every instance runs in a copy of its own, which may not be written
