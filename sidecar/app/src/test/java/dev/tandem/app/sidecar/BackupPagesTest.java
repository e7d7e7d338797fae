package dev.tandem.app.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.app.config.HostPort;
import dev.tandem.app.metrics.Metrics;
import dev.tandem.backup.BackupCheck;
import dev.tandem.backup.BackupException;
import dev.tandem.backup.NamespaceSummary;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Bytes;
import dev.tandem.task.ScanPosition;
import dev.tandem.testkit.FaultyTaskStore;
import dev.tandem.testkit.HttpClients;
import dev.tandem.testkit.ReferenceTaskStore;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import dev.tandem.testkit.TestClock;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The page over HTTP, as curl or the command sees it. */
class BackupPagesTest {
    private static final String BYTES = "application/octet-stream";

    private final Vertx vertx = Vertx.vertx();
    private final TestClock clock = new TestClock();
    private final FaultyTaskStore store = FaultyTaskStore.wrap(new ReferenceTaskStore(vertx));
    private final StoreCalls calls = new StoreCalls(vertx, store, clock, "default");
    private final HttpClient http = HttpClients.http1();

    @AfterEach
    void close() throws Exception {
        SidecarCalls.await(vertx.close());
    }

    private String serve(@Nullable TaskStore served) throws Exception {
        AdminServer admin = SidecarCalls.await(AdminServer.start(
                vertx,
                new HostPort("127.0.0.1", 0),
                new Metrics("1"),
                () -> Future.succeededFuture(""),
                new JsonObject(),
                new AdminToken(null),
                BackupPages.of(vertx, "a test", clock, () -> served)));
        return "http://127.0.0.1:" + admin.port() + "/backup";
    }

    /** Three pages of a scan. */
    private void fill() {
        Bytes payload = Bytes.of(new byte[20_000]);
        for (int i = 0; i < 400; i++) {
            calls.apply(Tasks.create("task" + i, Tasks.spec().withPayload(payload)));
        }
    }

    private HttpResponse<byte[]> get(String url) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofByteArray());
    }

    private HttpResponse<String> post(String url, String type, byte[] body) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(url))
                        .header("content-type", type)
                        .POST(BodyPublishers.ofByteArray(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private static String error(byte[] body) {
        return new JsonObject(new String(body, StandardCharsets.UTF_8)).getString("error");
    }

    @Test
    void backup_givenAndTaken_isTheSame() throws Exception {
        fill();
        calls.in("other").apply(Tasks.create("elsewhere"));
        ReferenceTaskStore target = new ReferenceTaskStore(vertx);

        HttpResponse<byte[]> given = get(serve(store));
        HttpResponse<String> taken = post(serve(target), BYTES, given.body());

        assertThat(given.statusCode()).isEqualTo(200);
        assertThat(given.headers().firstValue("content-type")).hasValue(BYTES);
        assertThat(taken.statusCode()).isEqualTo(200);
        assertThat(new JsonObject(taken.body()))
                .isEqualTo(new JsonObject()
                        .put(
                                "namespaces",
                                new JsonArray()
                                        .add(new JsonObject()
                                                .put("namespace", "default")
                                                .put("records", 400)
                                                .put("applied", 400)
                                                .put("raised_to", 1_000_000_000_400L))
                                        .add(new JsonObject()
                                                .put("namespace", "other")
                                                .put("records", 1)
                                                .put("applied", 1)
                                                .put("raised_to", 1_000_000_000_001L))));
        assertThat(new StoreCalls(vertx, target, clock, "default").scanAll()).isEqualTo(calls.scanAll());
        assertThat(new StoreCalls(vertx, target, clock, "other").scanAll())
                .isEqualTo(calls.in("other").scanAll());
    }

    @Test
    void backup_ofOneNamespace_hasOnlyThis() throws Exception {
        calls.apply(Tasks.create("a"));
        calls.in("other").apply(Tasks.create("b"));
        BackupCheck check = new BackupCheck();

        byte[] body = get(serve(store) + "?namespace=other").body();

        check.take(body, 0, body.length);
        assertThat(check.end().namespaces())
                .extracting(NamespaceSummary::namespace)
                .containsExactly("other");
    }

    /** A store whose records can't be read from the second page of a scan on. */
    private TaskStore failingLater() {
        return (TaskStore) Proxy.newProxyInstance(
                TaskStore.class.getClassLoader(), new Class<?>[] {TaskStore.class}, (proxy, method, arguments) -> {
                    if (arguments != null && arguments[0] instanceof TaskQuery.Scan scan) {
                        ScanPosition after = scan.after();
                        if (after != null && !after.name().isEmpty()) {
                            return Future.failedFuture(new StoreException(FailureKind.CORRUPT, "the disk is broken"));
                        }
                    }
                    return method.invoke(store, arguments);
                });
    }

    @Test
    void backup_thatBreaksOff_endsItsConnection() throws Exception {
        fill();
        String url = serve(failingLater());

        HttpRequest request = HttpRequest.newBuilder(URI.create(url)).build();
        HttpResponse<InputStream> cut = http.send(request, BodyHandlers.ofInputStream());

        assertThat(cut.statusCode()).isEqualTo(200);
        BackupCheck check = new BackupCheck();
        try (InputStream body = cut.body()) {
            assertThatThrownBy(() -> {
                        byte[] piece = new byte[1000];
                        for (int length = body.read(piece); length >= 0; length = body.read(piece)) {
                            check.take(piece, 0, length);
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
        assertThatThrownBy(check::end).isInstanceOf(BackupException.class);
        HttpRequest byHttp2 = HttpRequest.newBuilder(URI.create(url))
                .version(HttpClient.Version.HTTP_2)
                .build();
        assertThatThrownBy(() -> http.send(byHttp2, BodyHandlers.ofByteArray())).isInstanceOf(IOException.class);
    }

    @Test
    void backup_thatCannotBegin_isAnsweredWithASentence() throws Exception {
        calls.apply(Tasks.create("a"));
        TaskStore broken = (TaskStore) Proxy.newProxyInstance(
                TaskStore.class.getClassLoader(),
                new Class<?>[] {TaskStore.class},
                (proxy, method, arguments) ->
                        Future.failedFuture(new StoreException(FailureKind.CORRUPT, "the disk is broken")));

        HttpResponse<byte[]> failed = get(serve(broken));
        HttpResponse<byte[]> none = get(serve(store) + "?namespace=none");
        HttpResponse<byte[]> misspelt = get(serve(store) + "?namspace=default");
        HttpResponse<byte[]> starting = get(serve(null));

        assertThat(failed.statusCode()).isEqualTo(500);
        assertThat(error(failed.body())).isEqualTo("the disk is broken");
        assertThat(none.statusCode()).isEqualTo(404);
        assertThat(error(none.body())).isEqualTo("nothing is kept in a namespace none; there are default");
        assertThat(misspelt.statusCode()).isEqualTo(400);
        assertThat(error(misspelt.body())).isEqualTo("there is no parameter namspace here, only namespace");
        assertThat(starting.statusCode()).isEqualTo(503);
        assertThat(error(starting.body())).contains("/readyz");
    }

    @Test
    void backup_notAsBytes_isNotTaken() throws Exception {
        fill();
        byte[] file = get(serve(store)).body();
        ReferenceTaskStore target = new ReferenceTaskStore(vertx);
        String url = serve(target);

        // As a web page could send it.
        HttpResponse<String> refused = post(url, "text/plain", file);

        assertThat(refused.statusCode()).isEqualTo(415);
        assertThat(new StoreCalls(vertx, target, clock, "default").scanAll()).isEmpty();
    }

    @Test
    void backup_damagedOrCut_isRefusedWithWhatBecameOfIt() throws Exception {
        fill();
        byte[] file = get(serve(store)).body();
        byte[] damaged = file.clone();
        damaged[file.length / 2] ^= 1;
        ReferenceTaskStore target = new ReferenceTaskStore(vertx);
        String url = serve(target);

        HttpResponse<String> none = post(url, BYTES, new byte[1_000_000]);
        HttpResponse<String> half = post(url, BYTES, damaged);
        HttpResponse<String> again = post(url, BYTES, file);
        HttpResponse<String> cut = post(url + "?into-existing=true", BYTES, Arrays.copyOf(file, file.length - 1));
        HttpResponse<String> whole = post(url + "?into-existing=true", BYTES, file);

        assertThat(none.statusCode()).isEqualTo(400);
        assertThat(new JsonObject(none.body()).getBoolean("is_partial")).isFalse();
        assertThat(half.statusCode()).isEqualTo(400);
        assertThat(half.body()).contains("damaged", "What came before is imported", "\"is_partial\":true");
        assertThat(again.statusCode()).isEqualTo(409);
        assertThat(again.body()).contains("default is not empty", "\"is_partial\":false");
        assertThat(cut.statusCode()).isEqualTo(400);
        assertThat(cut.body()).contains("ends too early", "\"is_partial\":true");
        assertThat(whole.statusCode()).isEqualTo(200);
        assertThat(new StoreCalls(vertx, target, clock, "default").scanAll()).isEqualTo(calls.scanAll());
    }

    @Test
    void backup_whileTwoAreUnderWay_waitsForItsTurn() throws Exception {
        calls.apply(Tasks.create("a"));
        String url = serve(store);
        FaultyTaskStore.Gate gate = store.holdCalls();
        HttpRequest request = HttpRequest.newBuilder(URI.create(url)).build();
        CompletableFuture<HttpResponse<byte[]>> first = http.sendAsync(request, BodyHandlers.ofByteArray());
        CompletableFuture<HttpResponse<byte[]>> second = http.sendAsync(request, BodyHandlers.ofByteArray());
        SidecarCalls.awaitThat("both are under way", () -> gate.held() == 2);

        HttpResponse<byte[]> third = get(url);

        assertThat(third.statusCode()).isEqualTo(503);
        assertThat(error(third.body())).contains("try again");
        gate.open();
        assertThat(first.get().statusCode()).isEqualTo(200);
        assertThat(second.get().statusCode()).isEqualTo(200);
        assertThat(get(url).statusCode()).isEqualTo(200);
    }
}
