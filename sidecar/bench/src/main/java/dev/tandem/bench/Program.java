package dev.tandem.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the program is started whose processes are measured.
 *
 * @param launcher starts it; null to run {@code main} with this process's Java
 * @param main the name of its main class
 */
record Program(@Nullable Path launcher, String main) {
    private static final List<String> SMALL = List.of("-XX:+UseSerialGC", "-Xmx96m");

    /** For a node, which has all tasks in memory. */
    private static final List<String> LARGE = List.of("-XX:+UseG1GC", "-XX:MaxRAMPercentage=25");

    /** The memory options of the launcher, for what is started without it. */
    private static final List<String> OPTIONS = List.of(
            "-Xms8m",
            "-XX:MaxDirectMemorySize=64m",
            "-XX:ReservedCodeCacheSize=64m",
            "-Dio.netty.allocator.numDirectArenas=1",
            "-Dio.netty.allocator.numHeapArenas=1");

    /** The command line up to and with {@code verb}, such as sidecar. */
    List<String> command(String verb) {
        List<String> command = new ArrayList<>();
        if (launcher == null) {
            List<String> options = new ArrayList<>(verb.equals("node") ? LARGE : SMALL);
            options.addAll(OPTIONS);
            command.addAll(ChildProcess.java(options, main));
        } else {
            command.add(launcher.toString());
        }
        command.add(verb);
        return command;
    }
}
