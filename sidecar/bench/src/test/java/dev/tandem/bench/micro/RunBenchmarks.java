package dev.tandem.bench.micro;

import dev.tandem.task.CommandCodec;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptions;

/**
 * Prints the sizes of commands and runs the JMH benchmarks. Its name keeps it out of the test run; docs/benchmarks.md
 * has the command.
 */
class RunBenchmarks {
    @Test
    void run() throws Exception {
        System.out.printf("%-14s %6s %8s %6s%n", "command", "bytes", "caller's", "rest");
        Samples.commands().forEach((name, command) -> {
            int all = CommandCodec.encode(command).length;
            int callers = Samples.callersBytes(command);
            System.out.printf("%-14s %6d %8d %6d%n", name, all, callers, all - callers);
        });
        String[] args = System.getProperty("jmh", "").trim().split("\\s+");
        new Runner(new CommandLineOptions(
                        Arrays.stream(args).filter(arg -> !arg.isEmpty()).toArray(String[]::new)))
                .run();
    }
}
