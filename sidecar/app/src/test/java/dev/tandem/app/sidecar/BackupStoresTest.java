package dev.tandem.app.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.app.config.ConfigLoader;
import dev.tandem.app.config.SidecarConfig;
import dev.tandem.backup.BackupImporter;
import dev.tandem.store.redis.servers.SharedServers;
import dev.tandem.task.RequestRecord;
import dev.tandem.task.StoredRecord;
import dev.tandem.testkit.ReferenceTaskStore;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.TestClock;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backup goes from each store into each other, and backups of a store that serves a load have all that they are to have. */
class BackupStoresTest {
    private static final int TASKS = 700;

    @TempDir
    private Path folder;

    /** Of this test's own on a server that tests share. */
    private final String namespace = "ns-" + UUID.randomUUID();

    private final Vertx vertx = Vertx.vertx();
    private final SidecarCalls calls = new SidecarCalls(vertx, namespace);
    private final String tasks = "/v1/namespaces/" + namespace + "/tasks";

    @AfterEach
    void close() throws Exception {
        SidecarCalls.await(vertx.close());
    }

    private Sidecar start(String store) throws Exception {
        Map<String, String> environment = new HashMap<>(Map.of(
                "TANDEM_LISTEN",
                "127.0.0.1:0",
                "TANDEM_ADMIN",
                "127.0.0.1:0",
                "TANDEM_DRAIN_GRACE",
                "0s",
                "TANDEM_STORE",
                store));
        SidecarConfig config = SidecarConfig.of(ConfigLoader.load(null, environment, Map.of()));
        return SidecarCalls.await(Sidecar.start(vertx, config, InstantSource.system()));
    }

    private RaftSidecars startRaft(String name, int groups) throws Exception {
        RaftSidecars members = new RaftSidecars(vertx, Files.createDirectory(folder.resolve(name)));
        Map<String, String> environment = Map.of("TANDEM_RAFT_GROUPS", Integer.toString(groups));
        SidecarCalls.await(Future.all(
                members.start(0, environment), members.start(1, environment), members.start(2, environment)));
        return members;
    }

    private byte[] export(Sidecar sidecar) throws Exception {
        HttpResponse<byte[]> answer = calls.http()
                .send(
                        HttpRequest.newBuilder(URI.create(
                                        "http://" + sidecar.adminAddress() + "/backup?namespace=" + namespace))
                                .build(),
                        BodyHandlers.ofByteArray());
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer.body();
    }

    /** How many records were taken. */
    private long restore(Sidecar sidecar, byte[] backup, boolean isIntoExisting) throws Exception {
        HttpResponse<String> answer = calls.http()
                .send(
                        HttpRequest.newBuilder(URI.create(
                                        "http://" + sidecar.adminAddress() + "/backup?into-existing=" + isIntoExisting))
                                .header("content-type", "application/octet-stream")
                                .POST(BodyPublishers.ofByteArray(backup))
                                .build(),
                        BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer::body).isEqualTo(200);
        return new JsonObject(answer.body())
                .getJsonArray("namespaces")
                .getJsonObject(0)
                .getLong("applied");
    }

    /** What a backup has, in the order of all stores. */
    private List<StoredRecord> records(byte[] backup) {
        ReferenceTaskStore store = new ReferenceTaskStore(vertx);
        StoreCalls reference = new StoreCalls(vertx, store, new TestClock(), namespace);
        StoreCalls.await(reference.start(() -> {
            BackupImporter importer = new BackupImporter(vertx, store, Set.of(), false);
            return importer.take(Buffer.buffer(backup)).compose(taken -> importer.end());
        }));
        return reference.scanAll().stream().map(BackupStoresTest::inOrder).toList();
    }

    /** Groups remember in no order what one request has touched in several of them. */
    private static StoredRecord inOrder(StoredRecord record) {
        return record instanceof RequestRecord request
                ? new RequestRecord(
                        request.requestId(),
                        request.bodyHash(),
                        request.verbCode(),
                        request.touched().stream()
                                .sorted(Comparator.comparing(RequestRecord.Touched::id))
                                .toList(),
                        request.count(),
                        request.forgetAtMillis())
                : record;
    }

    /** Shows the first only of those that are not. */
    private static void assertSame(List<StoredRecord> found, List<StoredRecord> expected) {
        for (int i = 0; i < Math.min(found.size(), expected.size()); i++) {
            assertThat(found.get(i)).as("record %s", i).isEqualTo(expected.get(i));
        }
        assertThat(found.size()).as("records").isEqualTo(expected.size());
    }

    private JsonObject call(Sidecar sidecar, String path, JsonObject body) throws Exception {
        HttpResponse<String> answer = calls.post(sidecar, path, body.encode());
        assertThat(answer.statusCode()).as(answer::body).isEqualTo(200);
        return new JsonObject(answer.body());
    }

    /** Some of each kind, with leases that outlive the test. */
    private void fill(Sidecar sidecar) throws Exception {
        List<CompletableFuture<HttpResponse<String>>> created = new ArrayList<>();
        for (int i = 0; i < TASKS; i++) {
            JsonObject task = new JsonObject().put("queue", "q" + i % 3).put("payload", "aGVsbG8=");
            if (i % 5 == 0) {
                task.put("parts", new JsonObject().put("n1", new JsonObject()).put("n2", new JsonObject()));
            }
            JsonObject body = new JsonObject()
                    .put("task_id", "task" + i)
                    .put("request_id", UUID.randomUUID().toString())
                    .put("task", task.put("labels", new JsonObject().put("zone", "z" + i % 7)));
            created.add(calls.http()
                    .sendAsync(
                            calls.request(sidecar, tasks)
                                    .POST(BodyPublishers.ofString(body.encode()))
                                    .build(),
                            BodyHandlers.ofString()));
        }
        for (CompletableFuture<HttpResponse<String>> each : created) {
            assertThat(each.get().statusCode()).isEqualTo(200);
        }
        call(
                sidecar,
                tasks + ":claim",
                new JsonObject()
                        .put("queues", new JsonArray().add("q1").add("q2"))
                        .put("worker_id", "w")
                        .put("request_id", UUID.randomUUID().toString())
                        .put("max_tasks", 100)
                        .put("lease_duration", "86400s"));
        for (int i = 0; i < TASKS; i += 50) {
            assertThat(calls.http()
                            .send(
                                    calls.request(sidecar, tasks + "/task" + i)
                                            .DELETE()
                                            .build(),
                                    BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
        }
        call(
                sidecar,
                "/v1/namespaces/" + namespace + "/leases/reports:acquire",
                new JsonObject().put("holder", "pod-1").put("lease_duration", "86400s"));
    }

    @Test
    void backup_fromEachStoreIntoTheNext_isTheSameAllTheWay() throws Exception {
        Sidecar first = start("sqlite:" + folder.resolve("first.db"));
        fill(first);
        byte[] backup = export(first);
        List<StoredRecord> records = records(backup);
        assertThat(records).hasSizeGreaterThan(2 * TASKS);
        SidecarCalls.await(first.drain());
        Sidecar redis = start(SharedServers.standalone().url());
        Handed handed = takeOver(redis, new Handed(Buffer.buffer(backup), 0), records);
        SidecarCalls.await(redis.drain());

        try (RaftSidecars three = startRaft("three", 3)) {
            handed = takeOver(three.get(1), handed, records);
        }
        try (RaftSidecars five = startRaft("five", 5)) {
            handed = takeOver(five.get(0), handed, records);
        }
        Sidecar last = start("sqlite:" + folder.resolve("last.db"));
        takeOver(last, handed, records);
        SidecarCalls.await(last.drain());
    }

    /**
     * A backup.
     *
     * @param lostEtag that was given out after it
     */
    private record Handed(Buffer backup, long lostEtag) {}

    /** Imports a backup twice; returns one of that. */
    private Handed takeOver(Sidecar sidecar, Handed handed, List<StoredRecord> records) throws Exception {
        assertThat(restore(sidecar, handed.backup().getBytes(), false)).isGreaterThanOrEqualTo(records.size());
        assertThat(restore(sidecar, handed.backup().getBytes(), true)).isZero();
        byte[] backup = export(sidecar);
        assertSame(records(backup), records);
        JsonObject created = call(sidecar, tasks, new JsonObject().put("task", new JsonObject().put("queue", "new")));
        long etag = Long.parseLong(created.getString("etag"));
        assertThat(etag).isGreaterThan(handed.lostEtag());
        return new Handed(Buffer.buffer(backup), etag);
    }

    @Test
    void exportUnderLoad_ofSqlite_hasWhatWasAcknowledged() throws Exception {
        Sidecar sidecar = start("sqlite:" + folder.resolve("load.db"));
        assertExportsUnderLoadAreWhole(sidecar);
        SidecarCalls.await(sidecar.drain());
    }

    @Test
    void exportUnderLoad_ofRedis_hasWhatWasAcknowledged() throws Exception {
        Sidecar sidecar = start(SharedServers.standalone().url());
        assertExportsUnderLoadAreWhole(sidecar);
        SidecarCalls.await(sidecar.drain());
    }

    @Test
    void exportUnderLoad_ofRaftGroups_hasWhatWasAcknowledged() throws Exception {
        try (RaftSidecars members = startRaft("load", 3)) {
            assertExportsUnderLoadAreWhole(members.get(0));
        }
    }

    private void assertExportsUnderLoadAreWhole(Sidecar sidecar) throws Exception {
        try (TaskHistories load = new TaskHistories(calls, sidecar, tasks)) {
            load.awaitCalls(400);
            for (int i = 0; i < 3; i++) {
                Map<String, Integer> acknowledged = load.acknowledged();
                byte[] backup = export(sidecar);
                load.awaitCalls(100);
                load.check(records(backup), acknowledged);
            }
        }
    }
}
