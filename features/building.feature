Feature: a service version becomes an artifact

  As somebody who ships a service version
  I want it packed with its scripts into something that is the same wherever it is built
  So that what was tried is what is brought in.

  Rules
  - `exo build` packs the files that git tracks, or those that `artifact.files` names, what the build command leaves in a
    copy of them, and the scripts of the version. The working tree stays as it is.
  - The same files are the same artifact, from whichever clone and commit; the same commit gives the same bytes.
  - What cannot be packed is named, all of it, with a fix. What fails or is stopped leaves nothing half-made.

  Background:
    Given the service visits
    And the service greeter@0.0.1 with a deployment script whose offline phase succeeds
    And the application is committed to git

  Scenario: the same bytes from another clone
    When somebody types exo build greeter@0.0.1 --json
    Then it tells an artifact of the commit, and nothing has changed since
    And the artifact holds deployment-scripts/greeter-0.0.1.js and service/service.yml
    When somebody clones the application and types exo build greeter@0.0.1 --json there
    Then it is the same artifact, byte for byte
    When somebody types exo artifact verify greeter@0.0.1
    Then exo ends with 0 and says "as its manifest says"

  Scenario: a changed file is another artifact, and one that git does not track is none
    When somebody types exo build greeter --json
    And greeter-0.0.1/notes.txt, which git does not track, says "mine"
    And exo build greeter --json is typed again
    Then it is the same artifact, byte for byte
    When the developer edits a file of greeter@0.0.1
    And exo build greeter --json is typed again
    Then it is another artifact, with changes since the commit
    When somebody types exo artifact list
    Then exo ends with 0 and says "(built before another)"

  Scenario: what the build command leaves
    Given greeter@0.0.1 has in its service.yml:
      """
      artifact: {build: mkdir -p node_modules/dep && echo made > node_modules/dep/index.js}
      """
    When somebody types exo build greeter --json
    Then the artifact holds service/node_modules/dep/index.js and service/service.yml
    And greeter-0.0.1/node_modules is not there

  Scenario: a build command that fails
    Given greeter@0.0.1 has in its service.yml:
      """
      artifact: {build: "echo cannot find the compiler; exit 7"}
      """
    When somebody types exo build greeter
    Then exo ends with 1 and says "greeter-0.0.1/service.yml:"
    And it says also "exit code 7"
    And it says also "cannot find the compiler"
    And there is no artifact of greeter, finished or not

  Scenario: files that are named
    Given greeter@0.0.1 has in its service.yml:
      """
      artifact: {files: [dist]}
      """
    And greeter-0.0.1/dist/server.js, which git does not track, says "built"
    When somebody types exo build greeter --json
    Then the artifact holds service/dist/server.js and service/service.yml

  Scenario: what cannot be packed
    Given greeter-0.0.1/secret is a link to /etc/hostname, and in git
    And greeter-0.0.1/up is a link to ../visits-0.0.1, and in git
    When somebody types exo build greeter
    Then exo ends with 1 and says "greeter-0.0.1/secret is a link outside of its folder (to /etc/hostname)"
    And it says also "greeter-0.0.1/up is a link outside of its folder"
    And there is no artifact of greeter, finished or not

  Scenario: Ctrl-C while it builds
    Given greeter@0.0.1 has in its service.yml:
      """
      artifact: {build: sleep 1000}
      """
    When somebody begins exo build greeter and presses Ctrl-C once the build command runs
    Then it ends with 1, and says that nothing is left
    And there is no artifact of greeter, finished or not
    And its build command has ended

  Scenario: a full disk
    Given greeter-0.0.1/large is 8 MiB of noise, and in git
    And what exo keeps is on a small disk of its own
    When somebody types exo build greeter
    Then exo ends with 1 and says "No space left on device; make room there"
    And there is no artifact of greeter, finished or not

  Scenario: an artifact that was damaged
    When somebody types exo build greeter --json
    And the artifact loses its last half
    And somebody types exo artifact verify greeter@0.0.1
    Then exo ends with 1 and says "damaged"
    When exo build greeter --json is typed again
    And somebody types exo artifact verify greeter@0.0.1
    Then exo ends with 0 and says "as its manifest says"

  Scenario: a version that was brought in where it is hosted, with another content
    Given exo runs the application in production
    And exo run is stopped with SIGINT
    When the developer edits a file of greeter@0.0.1
    And somebody types exo build greeter --environment production
    Then exo ends with 1 and says "greeter@0.0.1 was introduced with other files"
    When somebody types exo build greeter
    Then exo ends with 0 and says "greeter@0.0.1 sha256:"
