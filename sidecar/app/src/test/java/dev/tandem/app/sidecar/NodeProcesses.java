package dev.tandem.app.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.testkit.FreePorts;
import dev.tandem.testkit.HttpClients;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Three store nodes and a sidecar over them, each in a process of its own, with ports and folders that they keep.
 *
 * <p>Used by one thread, but for {@link #send}.
 */
final class NodeProcesses implements AutoCloseable {
    static final int NODES = 3;

    /** For whatever a machine that is busy with other things has to do. */
    private static final int SECONDS_MAX = 120;

    private static final String HOST = "127.0.0.1:";

    private final Path folder;
    private final Programs programs;
    private final List<Member> nodes = new ArrayList<>();
    private final List<String> nodeFlags = new ArrayList<>();
    private final List<String> sidecarFlags = new ArrayList<>();
    private final Member sidecar;
    private final String store;
    private final String api;
    private final HttpClient http = HttpClients.http1();

    /** Prepares them, with addresses of this machine's. */
    NodeProcesses(Path folder) {
        this(folder, new Programs(folder), FreePorts.list(NODES * 3 + 2), number -> "127.0.0.1", number -> "127.0.0.1");
    }

    /** Prepares nodes of a cluster that is called so, rather than by the name that all have if nobody says another one. */
    static NodeProcesses ofCluster(Path folder, String cluster) {
        NodeProcesses processes = new NodeProcesses(folder);
        processes.nodeFlags.addAll(List.of("--raft-cluster", cluster));
        return processes;
    }

    /** Prepares them with these flags beside their own. */
    static NodeProcesses withFlags(Path folder, List<String> nodeFlags, List<String> sidecarFlags) {
        NodeProcesses processes = new NodeProcesses(folder);
        processes.nodeFlags.addAll(nodeFlags);
        processes.sidecarFlags.addAll(sidecarFlags);
        return processes;
    }

    /** Prepares nodes that know each other by the names {@code node-0}, {@code node-1}.., which a hosts file gives meanings. */
    static NodeProcesses named(Path folder, Path hosts, IntFunction<String> host) {
        Programs programs = new Programs(folder, "-Djdk.net.hosts.file=" + hosts);
        return new NodeProcesses(folder, programs, FreePorts.list(NODES * 3 + 2), number -> "node-" + number, host);
    }

    private NodeProcesses(
            Path folder, Programs programs, List<Integer> ports, IntFunction<String> name, IntFunction<String> host) {
        this.folder = folder;
        this.programs = programs;
        List<String> members = new ArrayList<>();
        List<String> addresses = new ArrayList<>();
        for (int number = 0; number < NODES; number++) {
            members.add(name.apply(number) + ":" + ports.get(number));
            addresses.add(HOST + ports.get(NODES + number));
        }
        for (int number = 0; number < NODES; number++) {
            int each = number;
            nodes.add(new Member("node-" + number, HOST + ports.get(2 * NODES + number), () -> {
                List<String> flags = new ArrayList<>(List.of(
                        "node",
                        "--node-data",
                        data(each).toString(),
                        "--node-listen",
                        addresses.get(each),
                        "--raft-listen",
                        host.apply(each) + ":" + ports.get(each),
                        "--raft-members",
                        String.join(",", members)));
                flags.addAll(nodeFlags);
                return flags;
            }));
        }
        store = "tandem://" + String.join(",", addresses);
        api = HOST + ports.get(3 * NODES);
        sidecar = new Member("sidecar", HOST + ports.get(3 * NODES + 1), () -> {
            List<String> flags = new ArrayList<>(List.of(
                    "sidecar",
                    "--store",
                    store(),
                    "--nodes-start-timeout",
                    "2m",
                    "--listen",
                    api,
                    "--drain-grace",
                    "0s"));
            flags.addAll(sidecarFlags);
            return flags;
        });
    }

    /** One of the processes, which can be ended and started again. */
    final class Member {
        private final String name;
        private final String admin;
        private final Supplier<List<String>> arguments;
        private @Nullable Process process;

        private Member(String name, String admin, Supplier<List<String>> arguments) {
            this.name = name;
            this.admin = admin;
            this.arguments = arguments;
        }

        String admin() {
            return admin;
        }

        /** Starts it; it does not answer yet. */
        Member start() {
            List<String> all = new ArrayList<>(arguments.get());
            all.addAll(List.of("--admin", admin, "--log-format", "text"));
            try {
                process = programs.startPrintingTo(output(), name + ".classes", all.toArray(String[]::new));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return this;
        }

        /** Waits until it is ready. */
        Member ready() throws Exception {
            awaitThat(name + " is ready", () -> {
                if (!process().isAlive()) {
                    throw new AssertionError(name + " has ended:\n" + said());
                }
                return isReady();
            });
            return this;
        }

        boolean isReady() throws InterruptedException {
            try {
                return page("/readyz").statusCode() == 200;
            } catch (IOException e) {
                return false;
            }
        }

        /** What it tells of its groups. */
        JsonObject raft() throws IOException, InterruptedException {
            return new JsonObject(page("/raft").body());
        }

        private HttpResponse<String> page(String path) throws IOException, InterruptedException {
            return http.send(
                    HttpRequest.newBuilder(URI.create("http://" + admin + path))
                            .timeout(Duration.ofSeconds(5))
                            .build(),
                    BodyHandlers.ofString());
        }

        /** Sends it a signal: KILL, TERM, STOP or CONT. */
        void signal(String signal) throws Exception {
            Process sent = new ProcessBuilder(
                            "kill", "-" + signal, Long.toString(process().pid()))
                    .start();
            if (sent.waitFor() != 0) {
                throw new IllegalStateException("kill -" + signal + " failed");
            }
        }

        /** Waits until it has ended. */
        int exitCode() throws InterruptedException {
            if (!process().waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
                throw new AssertionError(name + " does not end:\n" + said());
            }
            return process().exitValue();
        }

        boolean isRunning() {
            return process != null && process.isAlive();
        }

        List<String> classes() throws IOException {
            return programs.classes(name + ".classes");
        }

        private Path output() {
            return folder.resolve(name + ".out");
        }

        /** All that it has printed in all its lives. */
        String said() {
            try {
                return Files.readString(output());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        Process process() {
            Process started = process;
            if (started == null) {
                throw new IllegalStateException(name + " was not started");
            }
            return started;
        }
    }

    /** What a sidecar's {@code store} has to be. */
    String store() {
        return store;
    }

    Path data(int number) {
        return folder.resolve("data-" + number);
    }

    Member node(int number) {
        return nodes.get(number);
    }

    List<Member> nodes() {
        return nodes;
    }

    Member sidecar() {
        return sidecar;
    }

    /** Starts a node that can't be started with these flags; its ports are its own, unless they say otherwise. */
    Process startRefused(List<String> flags) throws IOException {
        List<String> all = new ArrayList<>(List.of("node"));
        all.addAll(flags);
        add(all, "--admin", "off");
        add(all, "--node-listen", HOST + "0");
        if (!flags.contains("--config")) {
            List<Integer> ports = FreePorts.list(3);
            add(all, "--raft-listen", HOST + ports.get(0));
            add(all, "--raft-members", ports.stream().map(port -> HOST + port).collect(Collectors.joining(",")));
        }
        return programs.start("refused.classes", all.toArray(String[]::new));
    }

    /** What a command came to. */
    record Ran(int exitCode, String out, String err) {}

    /** Runs a command, which prints little, to its end. */
    Ran run(String... arguments) throws IOException, InterruptedException {
        Process process = programs.start("command.classes", arguments);
        if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
            throw new AssertionError("it does not end: " + List.of(arguments));
        }
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ran(process.exitValue(), out, Programs.error(process));
    }

    /** What it said when it ended. */
    static String refusal(Process refused) throws InterruptedException {
        if (!refused.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
            throw new AssertionError("it was not refused");
        }
        assertThat(refused.exitValue()).isEqualTo(2);
        return Programs.error(refused);
    }

    private static void add(List<String> flags, String flag, String value) {
        if (!flags.contains(flag)) {
            flags.addAll(List.of(flag, value));
        }
    }

    /** Starts those that do not run, all at once, and waits until they are ready. */
    NodeProcesses startAll() throws Exception {
        List<Member> all = Stream.concat(nodes.stream(), Stream.of(sidecar)).toList();
        all.stream().filter(each -> !each.isRunning()).forEach(Member::start);
        for (Member each : all) {
            each.ready();
        }
        return this;
    }

    /** The node that leads a group, as it says itself. */
    Member leader(int group) throws Exception {
        List<Member> found = new ArrayList<>();
        awaitThat("group " + group + " has a leader", () -> {
            for (Member node : nodes) {
                if (node.isReady() && leads(node, group)) {
                    found.add(node);
                    return true;
                }
            }
            return false;
        });
        return found.get(0);
    }

    private static boolean leads(Member node, int group) throws IOException, InterruptedException {
        return node.raft().getJsonArray("groups").stream()
                .map(JsonObject.class::cast)
                .anyMatch(each -> each.getInteger("group") == group && each.getBoolean("leading"));
    }

    /** Calls the sidecar; from any thread. */
    HttpResponse<String> send(String method, String path, String body, Duration timeout)
            throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create("http://" + api + "/v1/namespaces/default/" + path))
                        .timeout(Duration.ofSeconds(SECONDS_MAX))
                        .header("X-Request-Timeout", timeout.toMillis() + "ms")
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    static void awaitThat(String what, Callable<Boolean> condition) throws Exception {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
        while (!condition.call()) {
            if (System.nanoTime() > until) {
                throw new AssertionError("not in time: " + what);
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    @Override
    public void close() {
        programs.close();
    }
}
