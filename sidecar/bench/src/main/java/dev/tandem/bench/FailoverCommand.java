package dev.tandem.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command {@code tandem bench failover}. */
@Command(
        name = "failover",
        description = {
            "Measures how long calls stand still when the store node that leads is killed, stands still or is restarted.",
            "It starts three nodes and a sidecar itself, and ends them. Calls come at a fixed rate, whatever becomes of them,"
                    + " half of them writes; the longest tells how long the groups of that node stood still."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:no call failed; targets that are missed are only reported",
            "1:some calls failed, or the benchmark could not be run",
            "2:bad usage"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  tandem bench failover --quick",
            "  tandem bench failover --faults kill --rounds 20 --json failover.json"
        })
final class FailoverCommand extends RunCommand {
    private static final double RATE_MAX = 10_000;
    private static final double RATE = 500;
    private static final int ROUNDS = 5;

    @Option(
            names = "--faults",
            split = ",",
            paramLabel = "FAULT",
            converter = Converters.Faults.class,
            description = "Of kill (as kill -9), stop (as kill -STOP) and restart (default: all).")
    private List<Fault> faults = new ArrayList<>();

    @Option(
            names = "--rate",
            paramLabel = "N",
            description = "So many writes a second, and as many reads (default: 500).")
    private double rate = RATE;

    @Option(names = "--quick", description = "Half a minute: one round.")
    private boolean quick;

    FailoverCommand(String program, boolean terminal) {
        super(program, terminal);
    }

    @Override
    Function<Stage, Findings> measurement() {
        check(1 <= rate && rate <= RATE_MAX, "--rate: 1 to 10,000 calls a second");
        int times = rounds(quick ? 1 : ROUNDS);
        Set<Fault> wanted = new TreeSet<>(faults.isEmpty() ? List.of(Fault.values()) : faults);
        return stage -> {
            Recovery recovery = Failover.start(stage, program(), rate).run(wanted, times, commandLine());
            return new Findings(
                    RecoveryReport.json(recovery), out -> RecoveryReport.print(recovery, out), recovery.errors());
        };
    }
}
