package dev.tandem.app.sidecar;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs of the program in processes of their own, in one folder; they do not outlive the test that closes this. */
final class Programs implements AutoCloseable {
    private final Path folder;
    private final List<String> javaOptions;
    private final List<Process> running = new ArrayList<>();

    /** @param javaOptions for Java itself, beside those that all have */
    Programs(Path folder, String... javaOptions) {
        this.folder = folder;
        this.javaOptions = List.of(javaOptions);
    }

    /** @param classes a file in the folder for the names of the classes that it loads */
    Process start(String classes, String... arguments) throws IOException {
        return start(builder(classes, arguments));
    }

    /** The same, with all that it prints at the end of a file. */
    Process startPrintingTo(Path output, String classes, String... arguments) throws IOException {
        return start(builder(classes, arguments)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile())));
    }

    private Process start(ProcessBuilder builder) throws IOException {
        Process started = builder.start();
        running.add(started);
        return started;
    }

    private ProcessBuilder builder(String classes, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx96m",
                "-XX:+ExitOnOutOfMemoryError",
                "-Xlog:class+load:file=" + folder.resolve(classes),
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "dev.tandem.app.Main"));
        if (Runtime.version().feature() >= 24) {
            // As the launcher and the jar's manifest say.
            command.addAll(1, List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        }
        command.addAll(1, javaOptions);
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("TANDEM_") || name.startsWith("JAVA_TOOL"));
        return builder;
    }

    /** The names of the classes that a process has loaded. */
    List<String> classes(String file) throws IOException {
        // [0.123s][info][class,load] java.lang.Object source: ..
        return Files.readAllLines(folder.resolve(file)).stream()
                .map(line -> line.replaceFirst("^(\\[[^]]*])+ *", "").split(" ", 2)[0])
                .toList();
    }

    /** All that it has written to stderr when it has ended. */
    static String error(Process process) {
        try {
            return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** The memory that it takes from the machine, in MiB; -1 where that is not told. */
    static long residentMib(Process process) throws IOException {
        Path status = Path.of("/proc", Long.toString(process.pid()), "status");
        if (!Files.isReadable(status)) {
            return -1;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .map(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                .findFirst()
                .orElse(-1L);
    }

    @Override
    public void close() {
        running.forEach(Process::destroyForcibly);
    }
}
