Feature: exo host as a service of systemd

  As an operator
  I want exo started with the machine, and started again when it ends by a fault
  So that nobody has to think of it.

  Rules
  - The unit ends and restarts the host alone; the services outlive it.
  - A unit that exo has not written is left as it is.

  Scenario: a unit that systemd takes
    Given the services visits and greeter@0.0.1
    When exo service install writes its unit for production into a folder
    Then systemd finds no fault in the unit
    And the unit starts a host of the application in production, and ends it alone

  Scenario: an application in a folder with a name that systemd would read otherwise
    Given an application in a folder named "50% $HOME \"off\""
    When exo service install writes its unit for production into a folder
    Then systemd finds no fault in the unit

  Scenario: a host that the unit has started and ended
    Given the services visits and greeter@0.0.1
    When exo service install writes its unit for local into a folder
    And the command of the unit is started as systemd would
    And that process alone is told to end, as by KillMode=process
    Then the services run on, without a host

  Scenario: typed again
    Given the services visits and greeter@0.0.1
    When exo service install writes its unit for production into a folder
    And exo service install writes its unit for production into a folder
    Then systemd finds no fault in the unit

  Scenario: a unit of somebody else
    Given the services visits and greeter@0.0.1
    And a unit of that name that somebody else has written
    When exo service install is typed
    Then it is refused, names the file, and leaves it as it is
