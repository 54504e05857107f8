Feature: services that outlive their host

  As an operator who replaces exo, or whose exo is killed
  I want the services to go on serving without it, and the next host to find them again
  So that nobody notices but me.

  Rules
  - However an `exo host` ends, its services go on, as the processes that they are. Its scripts end with it, and are
    tried again by the next host.
  - The next host takes the services as they are: the same processes, ports and places on the bus.
  - Ctrl-C and SIGTERM end the host alone. `exo stop` ends the fleet, with a host or without one.

  Scenario Outline: the host <ends>, and the next one finds its services again
    Given the services visits, greeter@0.0.1 and brood
    When exo hosts the application
    And <how>
    Then the services run on, without a host
    And exo status shows the instances that run, and no host
    When exo hosts the application again
    Then the services are the processes that they were
    And 3 greetings are all answered by version 0.0.1
    When exo stop is typed
    Then exo stop has ended the host, and no process of the application is left

    Examples:
      | ends                | how                                  |
      | is killed           | the host alone is killed             |
      | is told to go       | the host alone is stopped by SIGTERM |
      | is stopped by a verb| exo stop --host-only is typed        |

  Scenario: a script under way when its host is killed
    Given the services visits and signals
    And the service greeter@0.0.1 with a deployment script whose offline phase waits for the signal and is done
    When exo begins to host the application
    And the offline script of greeter@0.0.1 waits for its signal
    And the host alone is killed
    Then the script ends, and the services run on
    When exo begins to host the application
    And the offline script of greeter@0.0.1 waits for its signal
    And the signal for the offline script is given
    Then exo run is ready
    And the services are the processes that they were
    And greeter@0.0.1 is live and its gate is open
    And the history says attempt-interrupted for greeter@0.0.1 1 time

  Scenario: a service that ended while no host was there
    Given the services visits and greeter@0.0.1
    When exo hosts the application
    And the host alone is killed
    And the process of greeter@0.0.1 is killed
    And exo hosts the application again
    Then greeter@0.0.1 is another process than it was, and visits is the same
    And 3 greetings are all answered by version 0.0.1

  Scenario: who comes to a public port while no host is there waits for the next one
    Given the services visits and page
    When exo hosts the application
    And the host alone is killed
    And somebody asks for the page, and waits
    And exo hosts the application again
    Then the page has come

  Scenario: the next host cannot start
    Given the services visits and greeter@0.0.1
    And a port that another program listens on
    When exo hosts the application
    And the host alone is killed
    And exo begins to host the application with its metrics at that port
    Then the host exits with code 1 and names that port
    And the services run on, without a host
    When exo hosts the application again
    Then the services are the processes that they were

  Scenario: public ports that have changed hands
    Given the services page and cover, each on the web
    When exo hosts the application with page at one port and cover at another
    And the host alone is killed
    And exo hosts the application with the two ports the other way round
    Then each of the two is served at its new port
    When the host alone is killed
    And the service cover is taken out of the application
    And exo hosts the application with page where cover was
    Then page is served there, and nobody listens where it was

  Scenario: a host that comes while the fleet is being stopped
    Given the services visits and a lingerer that ends when it may
    When exo hosts the application
    And the host alone is killed
    And exo stop is typed with a second to wait
    Then exo stop says that the fleet has not ended yet
    When exo begins to host the application
    Then it waits for the processes of the earlier host
    When lingerer may end
    Then the fleet of the new host is another

  Scenario: the host is killed while it stops the fleet
    Given the services visits and a lingerer that ends when it may
    When exo hosts the application
    And exo stop is begun
    And the host is killed while lingerer takes its time
    And lingerer may end
    Then the exo stop that was begun says that the fleet has ended, and no process of the application is left

  Scenario: exo stop where no host is left
    Given the services visits and greeter@0.0.1
    When exo hosts the application
    And the host alone is killed
    And exo stop is typed
    Then exo stop has ended the fleet without a host, and no process of the application is left
    When exo stop is typed
    Then exo stop says that nothing runs, and ends with 1

  Scenario: a service that the application does not have any more
    Given the services visits and greeter@0.0.1
    When exo hosts the application
    And the host alone is killed
    And the service greeter is taken out of the application
    And exo hosts the application again
    Then exo run tells "greeter@0.0.1 is not in the application any more"
    And no process of greeter is left

  Scenario: exo run goes on with what an exo host has left, and ends it
    Given the services visits and greeter@0.0.1
    When exo hosts the application
    And the host alone is killed
    And exo runs the application again
    Then the services are the processes that they were
    When exo run is stopped with SIGINT
    Then no process of the application is left

  Scenario: the services of exo run end with it
    Given the services visits and greeter@0.0.1
    When exo runs the application
    And exo stop --host-only is typed
    Then exo stop says that the services of exo run end with it
    When exo stop is typed
    Then exo stop has ended the host, and no process of the application is left
