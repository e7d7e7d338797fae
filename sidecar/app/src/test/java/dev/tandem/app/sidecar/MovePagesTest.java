package dev.tandem.app.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.testkit.HttpClients;
import dev.tandem.testkit.Tasks;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The pages over HTTP, as curl or the commands see them. */
class MovePagesTest {
    @TempDir
    private Path folder;

    @TempDir
    private Path another;

    private final HttpClient http = HttpClients.http1();
    private MovingStores stores;

    @BeforeEach
    void open() throws Exception {
        stores = new MovingStores(folder);
    }

    @AfterEach
    void close() throws Exception {
        stores.close();
    }

    private HttpResponse<String> send(String admin, String method, String path, @Nullable String token, String body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://" + admin + path))
                .method(method, BodyPublishers.ofString(body))
                .header("content-type", "application/json");
        if (token != null) {
            request.header("authorization", token);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(stores.admin(), "GET", path, "Bearer " + MovingStores.TOKEN, "");
    }

    private HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return send(stores.admin(), "POST", path, "Bearer " + MovingStores.TOKEN, body.replace('\'', '"'));
    }

    private static JsonObject good(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer::body).isEqualTo(200);
        return new JsonObject(answer.body());
    }

    private static String error(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(answer::body).isEqualTo(status);
        return new JsonObject(answer.body()).getString("error");
    }

    private JsonObject status() throws IOException, InterruptedException {
        return good(get("/migrations?namespace=orders"));
    }

    private void awaitVerified() throws Exception {
        SidecarCalls.awaitThat(
                "nothing stands in the way",
                () -> status().getJsonArray("obstacles").isEmpty());
    }

    private void fill(int tasks) {
        for (int i = 0; i < tasks; i++) {
            stores.calls("orders").apply(Tasks.create("t" + i));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /routes",
        "POST, /routes/set",
        "GET, /routes/explain",
        "GET, /fleet",
        "GET, /migrations",
        "POST, /migrations/start",
        "POST, /migrations/repair",
    })
    void page_withoutTheToken_isNotServed(String method, String path) throws Exception {
        fill(1);
        for (String token : new String[] {
            null, "", "Bearer", "Bearer ", "Bearer x" + MovingStores.TOKEN, "Basic " + MovingStores.TOKEN
        }) {
            HttpResponse<String> refused = send(stores.admin(), method, path, token, "{}");

            assertThat(error(refused, 401)).contains("admin_token").doesNotContain(MovingStores.TOKEN, "orders");
            assertThat(refused.headers().firstValue("www-authenticate")).hasValue("Bearer");
        }
        try (MovingStores none = new MovingStores(another, null, false)) {
            HttpResponse<String> refused = send(none.admin(), method, path, "Bearer null", "{}");

            assertThat(error(refused, 403)).contains("set admin_token (or admin_token_file)");
        }
    }

    @Test
    void page_withTheToken_isServedHoweverTheSchemeIsWritten() throws Exception {
        for (String scheme : List.of("Bearer ", "bearer ", "BEARER  ")) {
            assertThat(send(stores.admin(), "GET", "/routes", scheme + MovingStores.TOKEN, "")
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void move_throughThePages_comesToItsEnd() throws Exception {
        fill(25);

        JsonObject begun =
                good(post("/migrations/start", "{'namespace': 'orders', 'target': 'new', 'who': 'ann', 'etag': 0}"));
        assertThat(begun.getJsonObject("route").getString("phase")).isEqualTo("DUAL_WRITE");
        awaitVerifiedAfterAsking();
        JsonObject dry = good(post("/migrations/advance", "{'namespace': 'orders', 'dry_run': true}"));
        assertThat(dry.getString("step")).isEqualTo("DUAL_WRITE -> READ_NEWEST");
        assertThat(phase(status())).isEqualTo("DUAL_WRITE");
        assertThat(phase(good(post("/migrations/advance", "{'namespace': 'orders'}"))))
                .isEqualTo("READ_NEWEST");
        JsonObject half = good(post("/migrations/advance", "{'namespace': 'orders', 'read_percent': 50}"));
        assertThat(half.getJsonObject("route").getInteger("read_percent")).isEqualTo(50);
        JsonObject all =
                good(post("/routes/set", "{'namespace': 'orders', 'phase': 'read_switched', 'read_percent': 100}"));
        assertThat(all.getJsonObject("route").getInteger("read_percent")).isEqualTo(100);
        JsonObject switched = good(post("/migrations/advance", "{'namespace': 'orders', 'stop_millis': 2000}"));
        assertThat(switched.getJsonObject("route").getString("authority")).isEqualTo("new");
        JsonObject over = good(post("/migrations/complete", "{'namespace': 'orders', 'who': 'ben'}"));

        assertThat(over.getBoolean("is_over")).isTrue();
        JsonObject route =
                good(get("/routes?namespace=orders")).getJsonArray("routes").getJsonObject(0);
        assertThat(route)
                .isEqualTo(new JsonObject()
                        .put("namespace", "orders")
                        .put("etag", route.getLong("etag"))
                        .put("phase", "SINGLE")
                        .put("source", "new")
                        .putNull("target")
                        .put("authority", "new")
                        .putNull("mirror")
                        .put("read_percent", 0)
                        .put("may_lag", false));
        JsonObject kept = good(get("/migrations")).getJsonArray("migrations").getJsonObject(0);
        assertThat(kept.getBoolean("is_over")).isTrue();
        assertThat(kept.getJsonObject("migration").getJsonArray("events").stream()
                        .map(event -> ((JsonObject) event).getString("who")))
                .contains("ann", "an operator", "ben");
    }

    private void awaitVerifiedAfterAsking() throws Exception {
        SidecarCalls.awaitThat(
                "copied",
                () -> status().getJsonObject("migration")
                                .getJsonObject("copied")
                                .getLong("endedAt")
                        > 0);
        good(post("/migrations/verify", "{'namespace': 'orders'}"));
        awaitVerified();
    }

    private static String phase(JsonObject status) {
        return status.getJsonObject("route").getString("phase");
    }

    @Test
    void pauseAndBack_throughThePages_changeWhatTheySay() throws Exception {
        fill(3);
        good(post("/routes/set", "{'namespace': 'orders', 'phase': 'DUAL_WRITE', 'may_lag': true}"));

        assertThat(good(post("/migrations/pause", "{'namespace': 'orders'}"))
                        .getJsonObject("migration")
                        .getBoolean("paused"))
                .isTrue();
        assertThat(error(post("/migrations/advance", "{'namespace': 'orders'}"), 409))
                .contains("the move is paused");
        good(post("/migrations/resume", "{'namespace': 'orders'}"));
        awaitVerifiedAfterAsking();
        assertThat(error(post("/migrations/repair", "{'namespace': 'orders', 'etag': 77}"), 409))
                .contains("etag 1, not 77");
        good(post("/migrations/advance", "{'namespace': 'orders'}"));
        assertThat(phase(good(post("/migrations/rollback", "{'namespace': 'orders'}"))))
                .isEqualTo("DUAL_WRITE");
        JsonObject over = good(post("/migrations/abort", "{'namespace': 'orders'}"));

        assertThat(over.getBoolean("is_over")).isTrue();
        assertThat(over.getJsonObject("route").getString("authority")).isEqualTo("old");
    }

    @Test
    void explain_ofAKey_saysWhereItIsAndWhy() throws Exception {
        fill(1);

        JsonObject found = good(get("/routes/explain?namespace=orders&key=t0"));

        assertThat(found.getString("writes")).isEqualTo("old");
        assertThat(found.getString("reads")).isEqualTo("old");
        assertThat(found.getString("key")).isEqualTo("t0");
        assertThat(found.getInteger("bucket")).isBetween(0, 99);
        assertThat(found.getJsonObject("policy").getString("phase")).isEqualTo("SINGLE");
        assertThat(found.getJsonArray("because")).isNotEmpty();
    }

    @Test
    void fleet_oneSidecar_showsIt() throws Exception {
        SidecarCalls.awaitThat(
                "it tells of itself",
                () -> !good(get("/fleet")).getJsonArray("sidecars").isEmpty());

        JsonObject member = good(get("/fleet")).getJsonArray("sidecars").getJsonObject(0);

        assertThat(member.getString("admin")).isEqualTo("here:7421");
        assertThat(member.getJsonArray("stores"))
                .isEqualTo(new JsonArray().add("old").add("new"));
        assertThat(member.getLong("seen_time_millis")).isPositive();
    }

    @Test
    void start_oneSidecarLacksTheStore_isRefusedByItsName() throws Exception {
        fill(1);
        stores.joinWithout("lonely");
        SidecarCalls.awaitThat(
                "both tell of themselves",
                () -> good(get("/fleet")).getJsonArray("sidecars").size() == 2);

        assertThat(error(post("/migrations/start", "{'namespace': 'orders', 'target': 'new'}"), 409))
                .contains("the sidecar lonely does not have the store new");
    }

    @Test
    void routes_ofAll_showsNamespacesThatOnlyTheStoresKnow() throws Exception {
        stores.calls("b").apply(Tasks.create("t"));
        stores.calls("a").apply(Tasks.create("t"));

        JsonArray routes = good(get("/routes")).getJsonArray("routes");

        assertThat(routes.stream().map(route -> ((JsonObject) route).getString("namespace")))
                .containsExactly("a", "b");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/migrations/start   | {}                                     | namespace must be a text of 1 to 63 characters, and is missing",
                "/migrations/start   | {'namespace': 'A_b'}                   | namespace must be 1 to 63 of a-z 0-9 -, not beginning or ending with -, and is \"A_b\"",
                "/migrations/start   | {'namespace': '~fleet'}                | namespace must be 1 to 63 of a-z 0-9 -",
                "/migrations/start   | {'namespace': 'a'}                     | target must be a text of 1 to 128 characters, and is missing",
                "/migrations/start   | {'namespace': 'a', 'to': 'new'}        | there is no field to here, only namespace, who, etag, dry_run, target, may_lag, into_existing",
                "/migrations/start   | {'namespace': 7}                       | namespace must be a text",
                "/migrations/advance | {'namespace': 'a', 'read_percent': 0}  | read_percent must be a whole number from 1 to 100, and is 0",
                "/migrations/advance | {'namespace': 'a', 'read_percent': 101}| read_percent must be a whole number from 1 to 100, and is 101",
                "/migrations/advance | {'namespace': 'a', 'read_percent': 1.5}| read_percent must be a whole number from 1 to 100, and is 1.5",
                "/migrations/advance | {'namespace': 'a', 'stop_millis': '2s'}| stop_millis must be a whole number from 10 to 60000, and is 2s",
                "/migrations/pause   | {'namespace': 'a', 'etag': -1}         | etag must be a whole number from 0",
                "/migrations/pause   | {'namespace': 'a', 'dry_run': 'yes'}   | dry_run must be true or false, and is yes",
                "/migrations/pause   | {'namespace': 'a', 'who': 'a\\nb'}     | who must be a text of 1 to 128 characters",
                "/routes/set         | {'namespace': 'a', 'phase': 'DUAL'}    | phase must be one of SINGLE, DUAL_WRITE, READ_NEWEST, READ_SWITCHED, WRITE_SWITCHED, and is DUAL",
                "/routes/set         | {'namespace': 'a'}                     | phase must be one of SINGLE, DUAL_WRITE, READ_NEWEST, READ_SWITCHED, WRITE_SWITCHED, and is missing",
                "/routes/set         | [1]                                    | the body must be one JSON object",
                "/routes/set         | {                                      | the body must be one JSON object",
            })
    void post_badInput_isRefusedInASentence(String path, String body, String sentence) throws Exception {
        assertThat(error(post(path, body), 400)).startsWith(sentence);
    }

    @ParameterizedTest
    @CsvSource({
        "/routes?namespace=, namespace must be a text of 1 to 63 characters",
        "/routes?name=a, 'there is no field name here, only namespace'",
        "/routes?namespace=a&namespace=b, namespace is given twice",
        "/routes/explain?namespace=a, 'key must be a text of 1 to 128 characters, and is missing'",
        "/fleet?namespace=a, 'there is no field namespace here'",
    })
    void get_badInput_isRefusedInASentence(String path, String sentence) throws Exception {
        assertThat(error(get(path), 400)).startsWith(sentence);
    }

    @Test
    void step_thatIsRefused_isAConflict() throws Exception {
        fill(1);

        assertThat(error(post("/migrations/advance", "{'namespace': 'orders'}"), 409))
                .isEqualTo("orders is not being moved");
        assertThat(error(post("/migrations/start", "{'namespace': 'orders', 'target': 'redis'}"), 409))
                .isEqualTo("there is no store redis: this sidecar has new, old");
        assertThat(error(get("/migrations?namespace=orders"), 409)).isEqualTo("orders was never moved");
    }

    @Test
    void step_storeDoesNotAnswer_mayHaveBeenTaken() throws Exception {
        stores.oldStore().refuseQueries(10_000);

        HttpResponse<String> change = post("/migrations/advance", "{'namespace': 'orders'}");
        HttpResponse<String> look = get("/routes?namespace=orders");

        assertThat(error(change, 503)).isNotEmpty();
        assertThat(new JsonObject(change.body()).getBoolean("maybe_applied")).isTrue();
        assertThat(error(look, 503)).isNotEmpty();
        assertThat(new JsonObject(look.body()).getBoolean("maybe_applied")).isFalse();
    }

    @Test
    void page_oneStoreOrNoneYet_saysSo() throws Exception {
        try (MovingStores alone = new MovingStores(another, MovingStores.TOKEN, true)) {
            HttpResponse<String> refused = send(alone.admin(), "GET", "/routes", "Bearer " + MovingStores.TOKEN, "");
            assertThat(error(refused, 409)).isEqualTo("this sidecar has one store: add others by the key stores");
        }
        stores.forget();
        assertThat(error(get("/routes"), 503)).contains("try again when /readyz says that they are");
    }

    @Test
    void post_thatIsNoJson_isRefused() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + stores.admin() + "/migrations/start"))
                .header("authorization", "Bearer " + MovingStores.TOKEN)
                .header("content-type", "text/plain")
                .POST(BodyPublishers.ofString("{}"))
                .build();

        assertThat(http.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(415);
        assertThat(post("/migrations/start", " ".repeat(5_000)).statusCode()).isEqualTo(415);
        assertThat(get("/migrations/start").statusCode()).isEqualTo(404);
        assertThat(post("/routes", "{}").statusCode()).isEqualTo(405);
    }
}
