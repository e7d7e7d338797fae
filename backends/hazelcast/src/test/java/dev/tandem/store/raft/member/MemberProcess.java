package dev.tandem.store.raft.member;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A {@link MemberMain} in a process of its own. */
final class MemberProcess implements AutoCloseable {
    private static final long ANSWER_SECONDS = 60;

    private final Process process;
    private final PrintStream to;
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final Thread reader;

    /** What was acknowledged, and what failed. */
    final AtomicInteger acked = new AtomicInteger();

    final AtomicInteger failed = new AtomicInteger();
    volatile String lastFailure = "";

    /** The longest time between two acknowledgements, and when the last one was. */
    final AtomicLong longestGapMicros = new AtomicLong();

    private long lastAckMicros;

    private MemberProcess(Process process) {
        this.process = process;
        to = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        reader = new Thread(this::read);
        reader.start();
    }

    static List<MemberProcess> start(String cluster, List<Integer> ports, int groups, Path folder, String durability)
            throws IOException {
        List<MemberProcess> started = new ArrayList<>();
        for (int port : ports) {
            started.add(start(cluster, port, ports, groups, folder.resolve("at-" + port), durability));
        }
        return started;
    }

    static MemberProcess start(
            String cluster, int port, List<Integer> ports, int groups, Path folder, String durability)
            throws IOException {
        String members = String.join(
                ",", ports.stream().map(other -> Cluster.HOST + ":" + other).toList());
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx96m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=4", "-Xshare:auto"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.add(MemberMain.class.getName());
        command.addAll(List.of(
                cluster, Integer.toString(port), members, Integer.toString(groups), folder.toString(), durability));
        return new MemberProcess(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start());
    }

    private void read() {
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.startsWith("acked ")) {
                    long now = Long.parseLong(line.substring("acked ".length()));
                    if (acked.getAndIncrement() > 0) {
                        longestGapMicros.accumulateAndGet(now - lastAckMicros, Math::max);
                    }
                    lastAckMicros = now;
                } else if (line.startsWith("failed ")) {
                    failed.incrementAndGet();
                    lastFailure = line;
                } else {
                    answers.add(line);
                }
            }
        } catch (IOException e) {
            answers.add("gone: " + e.getMessage());
        }
    }

    void tell(String line) {
        to.println(line);
    }

    String ask(String line) throws InterruptedException {
        tell(line);
        return answer(line);
    }

    String answer(String what) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(ANSWER_SECONDS);
        @Nullable String answer = null;
        while (answer == null) {
            answer = answers.poll(100, TimeUnit.MILLISECONDS);
            if (answer == null && (!process.isAlive() || System.nanoTime() - deadline > 0)) {
                throw new AssertionError("no answer to " + what + "; alive: " + process.isAlive());
            }
        }
        return answer;
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
        reader.join();
    }

    /** STOP or CONT. */
    void signal(String signal) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
