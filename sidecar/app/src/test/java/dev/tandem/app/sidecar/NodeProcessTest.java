package dev.tandem.app.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.app.sidecar.NodeProcesses.Member;
import java.io.IOException;
import java.net.InetAddress;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Store nodes and a sidecar as processes of their own, and what they go through together. */
class NodeProcessTest {
    private static final Duration PATIENT = Duration.ofSeconds(60);

    @TempDir
    private static Path folder;

    private static NodeProcesses processes;

    @BeforeAll
    static void open() {
        processes = new NodeProcesses(folder);
    }

    @AfterAll
    static void close() {
        processes.close();
    }

    @BeforeEach
    void start() throws Exception {
        processes.startAll();
    }

    @Test
    void allNodes_killedUnderLoad_haveEveryAcknowledgedTaskAgain() throws Exception {
        CreateLoad load = new CreateLoad(processes, PATIENT, 10);
        load.awaitMore(200);

        for (Member node : processes.nodes()) {
            node.signal("KILL");
        }
        for (Member node : processes.nodes()) {
            node.exitCode();
            node.start();
        }
        load.awaitMore(100);
        load.stop();

        load.assertAllAreThere();
        assertThatTheSidecarLoadedNoHazelcast();
    }

    /** The nodes have, which shows that the look is a good one. */
    private static void assertThatTheSidecarLoadedNoHazelcast() throws Exception {
        List<String> thin = processes.sidecar().classes();
        assertThat(thin).contains("dev.tandem.store.raft.node.NodeGroups");
        assertThat(thin).noneMatch(name -> name.startsWith("com.hazelcast."));
        assertThat(thin).noneMatch(name -> name.startsWith("dev.tandem.store.raft.member."));
        assertThat(thin).noneMatch(name -> name.startsWith("org.sqlite.") || name.startsWith("io.vertx.redis."));
        assertThat(processes.node(0).classes()).contains("com.hazelcast.core.HazelcastInstance");
    }

    /** What can be told at once is, though the other members are not there yet. */
    @Test
    void node_notToBeStarted_exitsWith2AndOneSentence() throws Exception {
        Path data = folder.resolve("refused");
        Path none = folder.resolve("none.pem");
        Map<String, List<String>> refused = Map.of(
                "tandem: " + processes.data(0).toRealPath() + " is in use by another process",
                List.of("--node-data", processes.data(0).toString()),
                "tandem: without TLS whoever reaches 0.0.0.0 could read and write all tasks: set node.tls",
                List.of("--node-data", data.toString(), "--node-listen", "0.0.0.0:0"),
                "tandem: raft.members is missing: say where all Raft members listen",
                List.of(
                        "--config",
                        Files.writeString(folder.resolve("empty.yaml"), "").toString()),
                "tandem: the admin address " + processes.node(0).admin() + " can't be listened on",
                List.of(
                        "--node-data",
                        data.toString(),
                        "--admin",
                        processes.node(0).admin()),
                "tandem: " + none + ", which node.tls.client_ca_file names, can't be read (",
                List.of(
                        "--node-data",
                        data.toString(),
                        "--node-tls-certificate-file",
                        none.toString(),
                        "--node-tls-key-file",
                        none.toString(),
                        "--node-tls-client-ca-file",
                        none.toString()));
        Map<String, Process> started = new HashMap<>();
        for (Map.Entry<String, List<String>> each : refused.entrySet()) {
            started.put(each.getKey(), processes.startRefused(each.getValue()));
        }
        for (Map.Entry<String, Process> each : started.entrySet()) {
            assertThat(NodeProcesses.refusal(each.getValue()))
                    .startsWith(each.getKey())
                    .hasLineCount(1);
        }
    }

    @Test
    @Tag("long")
    void nodes_restartedOneAfterTheOther_failNoCall() throws Exception {
        CreateLoad load = new CreateLoad(processes, PATIENT, 10);
        load.awaitMore(100);

        for (Member node : processes.nodes()) {
            node.signal("TERM");
            assertThat(node.exitCode()).isZero();
            node.start().ready();
            load.awaitMore(100);
        }
        load.stopAndCheckThatNoneFailed();
    }

    @Test
    @Tag("long")
    void leadersNode_standsStill_othersGoOnAndItComesBack() throws Exception {
        CreateLoad load = new CreateLoad(processes, PATIENT, 10);
        load.awaitMore(100);
        Member leader = processes.leader(1);

        leader.signal("STOP");
        long began = System.nanoTime();
        load.awaitMore(300);
        System.out.printf("300 more tasks %.1f s after the leader stood still%n", (System.nanoTime() - began) / 1e9);
        leader.signal("CONT");
        leader.ready();
        load.awaitMore(100);
        load.stopAndCheckThatNoneFailed();
    }

    @Test
    @Tag("long")
    void twoNodesGone_writesFailInTime_andOnlyReadsThatMayBeOldAreAnswered() throws Exception {
        processes.send("POST", "tasks", "{\"task_id\": \"before\"}", PATIENT);
        processes.node(0).signal("TERM");
        processes.node(0).exitCode();
        processes.node(1).signal("TERM");
        processes.node(1).exitCode();

        long began = System.nanoTime();
        HttpResponse<String> write =
                processes.send("POST", "tasks", "{\"task_id\": \"during\"}", Duration.ofSeconds(3));
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        HttpResponse<String> read = processes.send("GET", "tasks/before", "", Duration.ofSeconds(3));
        HttpResponse<String> old = processes.send("GET", "tasks/before?consistency=EVENTUAL", "", PATIENT);

        assertThat(write.statusCode()).as(write.body()).isIn(503, 504, 500);
        assertThat(took).isLessThan(Duration.ofSeconds(10));
        assertThat(read.statusCode()).as(read.body()).isIn(503, 504);
        assertThat(read.headers().firstValue("tandem-consistency")).isEmpty();
        assertThat(old.statusCode()).as(old.body()).isEqualTo(200);
        assertThat(old.headers().firstValue("tandem-consistency")).contains("eventual");
        NodeProcesses.awaitThat("it is not ready", () -> !processes.sidecar().isReady());

        processes.startAll();
        assertThat(processes.send("GET", "tasks/before", "", PATIENT).statusCode())
                .isEqualTo(200);
        assertThat(processes
                        .send("POST", "tasks", "{\"task_id\": \"after\"}", PATIENT)
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    @Tag("long")
    void nodesDisk_full_itEndsTheOthersGoOnAndItComesBackWithRoom(@TempDir Path own) throws Exception {
        try (NodeProcesses cluster = new NodeProcesses(own)) {
            Path disk = Files.createDirectory(cluster.data(2));
            assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk.toString()), "may not mount");
            try {
                fillAndMakeRoom(cluster, disk);
            } finally {
                run("umount", "-l", disk.toString());
            }
        }
    }

    private static void fillAndMakeRoom(NodeProcesses cluster, Path disk) throws Exception {
        cluster.startAll();
        Member node = cluster.node(2);
        CreateLoad load = new CreateLoad(cluster, PATIENT, 20_000);

        assertThat(node.exitCode()).isEqualTo(1);
        assertThat(node.said())
                .contains("this process ends, as its Raft member has ended: the disk of " + disk)
                .contains("is full. Make room and start this member again");
        load.awaitMore(100);
        assertThat(run("mount", "-o", "remount,size=1g", disk.toString())).isTrue();
        node.start().ready();
        load.awaitMore(100);
        load.stopAndCheckThatNoneFailed();
    }

    /** As pods do: their names stay, and mean another address each time. */
    @Test
    @Tag("long")
    void nodesThatAreNamed_backAtOtherAddresses_findEachOther(@TempDir Path own) throws Exception {
        Path hosts = own.resolve("hosts");
        String[] addresses = {"127.0.1.1", "127.0.1.2", "127.0.1.3"};
        writeHosts(hosts, addresses);
        try (NodeProcesses cluster = NodeProcesses.named(own, hosts, number -> addresses[number])) {
            cluster.startAll();
            CreateLoad load = new CreateLoad(cluster, PATIENT, 10);
            load.awaitMore(50);
            for (int number = 0; number < NodeProcesses.NODES; number++) {
                Member node = cluster.node(number);
                String voter = node.raft().getString("voter");
                node.signal("TERM");
                assertThat(node.exitCode()).isZero();
                addresses[number] = "127.0.2." + (number + 1);
                writeHosts(hosts, addresses);
                node.start().ready();
                assertThat(node.raft().getString("voter")).isEqualTo(voter);
                load.awaitMore(50);
            }
            load.stop();
            assertThat(load.failures()).isEmpty();

            for (int number = 0; number < NodeProcesses.NODES; number++) {
                cluster.node(number).signal("KILL");
                cluster.node(number).exitCode();
                addresses[number] = "127.0.3." + (number + 1);
            }
            writeHosts(hosts, addresses);
            cluster.startAll();
            load.assertAllAreThere();
        }
    }

    private static void writeHosts(Path hosts, String... addresses) throws IOException {
        StringBuilder text = new StringBuilder("127.0.0.1 localhost ")
                .append(InetAddress.getLocalHost().getHostName())
                .append('\n');
        for (int number = 0; number < addresses.length; number++) {
            text.append(addresses[number]).append(" node-").append(number).append('\n');
        }
        Files.writeString(hosts, text);
    }

    private static boolean run(String... command) throws Exception {
        return new ProcessBuilder(command).start().waitFor() == 0;
    }
}
