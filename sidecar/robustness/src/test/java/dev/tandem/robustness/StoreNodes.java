package dev.tandem.robustness;

import dev.tandem.testkit.FreePorts;
import dev.tandem.testkit.HttpClients;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Three store nodes, each a process that keeps its ports and its folder. */
final class StoreNodes {
    static final int NODES = 3;
    private static final Duration ANSWER_MAX = Duration.ofSeconds(5);

    private final List<Node> nodes = new ArrayList<>();
    private final String store;
    private final HttpClient http = HttpClients.http1();

    private record Node(TandemProcess process, String admin) {}

    /** Prepares them. */
    StoreNodes(Lab lab) {
        this(lab, number -> List.of());
    }

    /** @param prefix a command, for each, that runs the one that follows it in its own process */
    StoreNodes(Lab lab, IntFunction<List<String>> prefix) {
        List<String> addresses = FreePorts.list(3 * NODES).stream()
                .map(port -> "127.0.0.1:" + port)
                .toList();
        List<String> members = addresses.subList(0, NODES);
        List<String> served = addresses.subList(NODES, 2 * NODES);
        List<String> admins = addresses.subList(2 * NODES, 3 * NODES);
        for (int number = 0; number < NODES; number++) {
            List<String> arguments = new ArrayList<>(List.of("node", "--log-format", "text"));
            arguments.addAll(List.of(
                    "--node-data", lab.folder().resolve("node-" + number).toString()));
            arguments.addAll(List.of("--raft-listen", members.get(number)));
            arguments.addAll(List.of("--raft-members", String.join(",", members)));
            arguments.addAll(List.of("--node-listen", served.get(number), "--admin", admins.get(number)));
            TandemProcess process = lab.add(new TandemProcess("node " + number, prefix.apply(number), arguments));
            nodes.add(new Node(process, admins.get(number)));
        }
        store = "tandem://" + String.join(",", served);
    }

    /** What a sidecar's store has to be. */
    String store() {
        return store;
    }

    /** Starts those that do not run, all at once, and waits until they serve. */
    void start() {
        List<TandemProcess> ended = nodes.stream()
                .map(Node::process)
                .filter(node -> !node.isRunning())
                .toList();
        ended.forEach(TandemProcess::launch);
        ended.forEach(TandemProcess::awaitReady);
    }

    /** The one that leads, all of them being there, and others. */
    List<TandemProcess> leaderAndOthers(int count, Random random) {
        return numbersOfLeaderAndOthers(count, random).stream().map(this::get).toList();
    }

    /** The same, by their numbers from 0 on. */
    List<Integer> numbersOfLeaderAndOthers(int count, Random random) {
        List<Integer> others = new ArrayList<>(IntStream.range(0, NODES).boxed().toList());
        Collections.shuffle(others, random);
        Integer leader = leader();
        others.remove(leader);
        return Stream.concat(Stream.of(leader), others.stream()).limit(count).toList();
    }

    TandemProcess get(int number) {
        return nodes.get(number).process();
    }

    private int leader() {
        long until = System.nanoTime() + TandemProcess.READY_MAX.toNanos();
        while (System.nanoTime() - until < 0) {
            for (int number = 0; number < NODES; number++) {
                if (leads(nodes.get(number))) {
                    return number;
                }
            }
        }
        throw new AssertionError("no node leads");
    }

    private boolean leads(Node node) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + node.admin + "/raft"))
                .timeout(ANSWER_MAX)
                .build();
        try {
            return new JsonObject(http.send(request, BodyHandlers.ofString()).body())
                    .getJsonArray("groups").stream()
                            .map(JsonObject.class::cast)
                            .anyMatch(each -> each.getInteger("group") == 1 && each.getBoolean("leading"));
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Sends a signal to several at once. */
    static void signal(String name, List<TandemProcess> to) {
        List<String> command = new ArrayList<>(List.of("kill", "-" + name));
        to.forEach(process -> command.add(Long.toString(process.pid())));
        TandemProcess.run(command.toArray(String[]::new));
    }
}
