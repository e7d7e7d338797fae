package dev.tandem.grpc;

import static dev.tandem.grpc.TestServer.parsed;
import static dev.tandem.grpc.TestServer.reason;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.BadRequest;
import com.google.rpc.BadRequest.FieldViolation;
import com.google.rpc.Status;
import dev.tandem.v1.ClaimTasksResponse;
import dev.tandem.v1.Lease;
import dev.tandem.v1.ListTasksResponse;
import dev.tandem.v1.Task;
import io.vertx.core.http.HttpMethod;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same API as JSON, by a plain HTTP client. */
class JsonTest {
    private static final String MAIL = "{\"task\":{\"queue\":\"mail\",\"payload\":\"aGk=\"}}";

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HttpResponse<String> ok(String method, String path, String body, String... headers) {
        HttpResponse<String> response = server.json(method, path, body, headers);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).contains("application/json");
        return response;
    }

    private static Status refused(int httpCode, String method, String path, String body, String... headers) {
        HttpResponse<String> response = server.json(method, path, body, headers);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(httpCode);
        assertThat(response.headers().firstValue("content-type")).contains("application/json");
        return parsed(response.body(), Status.getDefaultInstance());
    }

    private static Map<String, String> violations(Status status) {
        Map<String, String> violations = new java.util.TreeMap<>();
        for (FieldViolation violation :
                TestServer.detail(status, BadRequest.class).getFieldViolationsList()) {
            violations.put(violation.getField(), violation.getDescription());
        }
        return violations;
    }

    @Test
    void life_asInTheReadme_endsSucceeded() {
        String created = ok("POST", "/v1/namespaces/default/tasks", MAIL).body();
        assertThat(created).contains("\"task_id\":").contains("\"create_time\":");
        String id = parsed(created, Task.getDefaultInstance()).getTaskId();
        String claimed = ok(
                        "POST",
                        "/v1/namespaces/default/tasks:claim",
                        "{\"queues\":[\"mail\"],\"worker_id\":\"w1\",\"lease_duration\":\"30s\"}",
                        "Content-Type",
                        "application/json")
                .body();
        Task task = parsed(claimed, ClaimTasksResponse.getDefaultInstance()).getTasks(0);
        assertThat(task.getTaskId()).isEqualTo(id);
        assertThat(claimed).contains("\"token\":\"" + task.getLease().getToken() + "\"");
        ok(
                "POST",
                "/v1/namespaces/default/tasks/" + id + ":complete",
                "{\"token\":" + task.getLease().getToken() + ",\"result\":\"b2s=\"}");
        Task done = parsed(ok("GET", "/v1/namespaces/default/tasks/" + id, null).body(), Task.getDefaultInstance());
        assertThat(done.getState()).isEqualTo(Task.State.SUCCEEDED);
        ListTasksResponse listed = parsed(
                ok("GET", "/v1/namespaces/default/tasks?states=SUCCEEDED&states=FAILED&page_size=10", null)
                        .body(),
                ListTasksResponse.getDefaultInstance());
        assertThat(listed.getTasksList()).contains(done);
    }

    @Test
    void token_asStringOrNumber_isTaken() {
        for (String quote : List.of("", "\"")) {
            ok("POST", "/v1/namespaces/tokens/tasks", MAIL);
            Task task = parsed(
                            ok(
                                            "POST",
                                            "/v1/namespaces/tokens/tasks:claim",
                                            "{\"queues\":[\"mail\"],\"workerId\":\"w1\"}")
                                    .body(),
                            ClaimTasksResponse.getDefaultInstance())
                    .getTasks(0);
            ok(
                    "POST",
                    "/v1/namespaces/tokens/tasks/" + task.getTaskId() + ":complete",
                    "{\"token\":" + quote + task.getLease().getToken() + quote + "}");
        }
    }

    /** Each route once, so that none is there by name only. */
    @Test
    void routes_all_work() {
        List<String> used = new ArrayList<>();
        String base = "/v1/namespaces/routes/tasks";
        use(used, "CreateTask", "POST", base, "{\"task_id\":\"a\",\"task\":{\"queue\":\"q\"}}");
        use(used, "GetTask", "GET", base + "/a?consistency=EVENTUAL", null);
        use(
                used,
                "UpdateTask",
                "PATCH",
                base + "/a",
                "{\"task\":{\"priority\":3,\"retry_policy\":{\"max_attempts\":2}},"
                        + "\"update_mask\":\"priority,retryPolicy\"}");
        use(used, "UpdateTaskPart", "PATCH", base + "/a/parts/n1", "{\"state\":\"PROCESSING\"}");
        use(used, "CreateTask", "POST", base, "{\"task_id\":\"b\"}");
        use(used, "TransitionTask", "POST", base + "/b:transition", "{\"state\":\"PROCESSING\"}");
        use(used, "CompleteTask", "POST", base + "/b:complete", "{}");
        use(used, "CreateTask", "POST", base, "{\"task_id\":\"c\",\"task\":{\"queue\":\"q\"}}");
        long token = claim(used, base);
        use(used, "RenewLease", "POST", base + "/c:renew", "{\"token\":" + token + ",\"lease_duration\":\"5.5s\"}");
        use(used, "ReleaseTask", "POST", base + "/c:release", "{\"token\":" + token + "}");
        token = claim(used, base);
        use(used, "FailTask", "POST", base + "/c:fail", "{\"token\":" + token + ",\"final\":true}");
        use(used, "RetryTask", "POST", base + "/c:retry", "");
        use(used, "CancelTask", "POST", base + "/c:cancel", "{\"reason\":\"enough\"}");
        use(used, "WaitTask", "GET", base + "/c:wait?timeout=1s&states=CANCELED", null);
        use(
                used,
                "ListTasks",
                "GET",
                base + "?labels=a%3Db&created_from=2020-01-01T00:00:00Z&order_by=create_time+desc",
                null);
        use(used, "CountTasks", "GET", base + ":count?queues=q&kinds=k&node=n", null);
        use(used, "PruneTasks", "POST", base + ":prune", "{\"max_tasks\":1}");
        use(used, "BatchCreateTasks", "POST", base + ":batchCreate", "{\"requests\":[{\"task_id\":\"x\"}]}");
        use(used, "BatchGetTasks", "GET", base + ":batchGet?task_ids=x&task_ids=y", null);
        use(used, "BatchCompleteTasks", "POST", base + ":batchComplete", "{\"requests\":[{\"task_id\":\"x\"}]}");
        use(used, "DeleteTask", "DELETE", base + "/x", null);
        String lease = "/v1/namespaces/routes/leases/cron";
        Lease held = parsed(
                use(used, "AcquireLease", "POST", lease + ":acquire", "{\"holder\":\"a\"}"),
                Lease.getDefaultInstance());
        use(used, "LeaseService/RenewLease", "POST", lease + ":renew", "{\"token\":\"" + held.getToken() + "\"}");
        use(used, "GetLease", "GET", lease, null);
        use(used, "ReleaseLease", "POST", lease + ":release", "{\"token\":\"" + held.getToken() + "\"}");

        assertThat(new TreeSet<>(used)).hasSize(unaryMethods());
    }

    private static int unaryMethods() {
        // Each unary method is used above, and each has a rule: the routes are made from the rules.
        return (int) java.util.stream.Stream.of(Methods.TASKS, Methods.LEASES)
                .flatMap(service -> service.getMethods().stream())
                .filter(method -> !method.isServerStreaming())
                .count();
    }

    private static String use(List<String> used, String name, String method, String path, String body) {
        server.ended.clear();
        String answer = ok(method, path, body).body();
        String full = name.contains("/")
                ? name
                : name.endsWith("Lease") && path.contains("/leases/") ? "LeaseService/" + name : "TaskService/" + name;
        TestServer.until(
                () -> server.ended.contains(new TestServer.Ended("tandem.v1." + full, 0, true)), full + " has ended");
        used.add(full);
        return answer;
    }

    private static long claim(List<String> used, String base) {
        String answer = use(used, "ClaimTasks", "POST", base + ":claim", "{\"queues\":[\"q\"],\"worker_id\":\"w\"}");
        return parsed(answer, ClaimTasksResponse.getDefaultInstance())
                .getTasks(0)
                .getLease()
                .getToken();
    }

    @Test
    void routes_paths_areThoseOfTheRules() {
        JsonRoutes routes = new JsonRoutes(server.server.methods());
        assertThat(routes.routes()).hasSize(unaryMethods() + 1);
        JsonRoutes.Match match = routes.match(HttpMethod.POST, "/v1/namespaces/n/tasks/a.b_c~d-%7E:complete");
        assertThat(match.route()).isNotNull();
        assertThat(match.values()).containsExactly("", "", "n", "", "a.b_c~d-~");
    }

    @Test
    void id_percentEncoded_isTheSameId() {
        ok("POST", "/v1/namespaces/ids/tasks", "{\"task_id\":\"a.b_c~d\"}");
        assertThat(ok("GET", "/v1/namespaces/ids/tasks/a%2Eb%5Fc%7Ed", null).body())
                .contains("a.b_c~d");
        assertThat(violations(refused(400, "GET", "/v1/namespaces/ids/tasks/a%3Ab", null)))
                .containsOnlyKeys("task_id");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"task\":{\"quue\":\"mail\"}} | task.quue | no such field",
                "{\"tsk\":{}} | tsk | no such field",
                "{\"task\":{\"queue\":5.5,\"priority\":\"x\"}} | task.priority | whole number",
                "{\"task\":{\"payload\":\"***\"}} | task.payload | base64",
                "{\"task\":{\"retention\":\"soon\"}} | task.retention | duration",
                "{\"task\":{\"due_time\":\"tomorrow\"}} | task.due_time | a time",
                "{\"task\":{\"labels\":[1]}} | task.labels | object",
                "{\"task\":{\"labels\":{\"a\":{}}}} | task.labels | object",
                "{\"task\":7} | task | an object",
                "{\"task\":{\"state\":\"NO_STATE\"}} | task.state | one of",
                "{\"delay\":\"-5s\"} | delay | must be 0 s to",
                "{\"task_id\":\"" + "no good" + "\"} | task_id | A-Z",
            })
    void body_fieldWrong_isNamed(String body, String field, String words) {
        Status status = refused(400, "POST", "/v1/namespaces/bad/tasks", body);
        assertThat(status.getCode()).isEqualTo(3);
        assertThat(reason(status)).isEqualTo("INVALID_ARGUMENT");
        assertThat(violations(status)).containsKey(field);
        assertThat(violations(status).get(field)).contains(words);
        assertThat(status.getMessage()).contains(field);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{ | no valid JSON",
                "{'task':{}} | no valid JSON",
                "{task:{}} | no valid JSON",
                "{\"task\":{},\"task\":{}} | no valid JSON",
                "{\"task\":{}} {} | goes on after",
                "{} x | no valid JSON",
                "[] | must be a JSON object",
                "\"x\" | must be a JSON object",
                "null | must be a JSON object",
                "{\"task\":NaN} | no valid JSON",
            })
    void body_noJson_isRefused(String body, String words) {
        Status status = refused(400, "POST", "/v1/namespaces/bad/tasks", body);
        assertThat(status.getMessage())
                .contains(words)
                .doesNotContain("Exception")
                .doesNotContain("com.");
    }

    @Test
    void body_notUtf8_isRefused() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.uri("/v1/namespaces/bad/tasks")))
                .POST(HttpRequest.BodyPublishers.ofByteArray(
                        new byte[] {'{', '"', (byte) 0xc3, (byte) 0x28, '"', ':', '1', '}'}))
                .build();
        assertThat(server.http.send(request, BodyHandlers.ofString()).statusCode())
                .isEqualTo(400);
    }

    @Test
    void body_deeplyNested_isRefused() {
        refused(400, "POST", "/v1/namespaces/bad/tasks", "{\"task\":".repeat(50_000));
        refused(400, "POST", "/v1/namespaces/bad/tasks", "{\"task\":" + "[".repeat(900) + "]".repeat(900) + "}");
    }

    @Test
    void body_payloadTooLarge_is413() {
        String big = "A".repeat(400_000);
        Status status = refused(413, "POST", "/v1/namespaces/bad/tasks", "{\"task\":{\"payload\":\"" + big + "\"}}");
        assertThat(reason(status)).isEqualTo("PAYLOAD_TOO_LARGE");
        assertThat(violations(status)).containsOnlyKeys("task.payload");
        Status whole = refused(
                413, "POST", "/v1/namespaces/bad/tasks", "{\"task\":{\"payload\":\"" + "A".repeat(9 << 20) + "\"}}");
        assertThat(reason(whole)).isEqualTo("PAYLOAD_TOO_LARGE");
    }

    @Test
    void path_andBodyDisagree_isRefused() {
        assertThat(violations(refused(400, "POST", "/v1/namespaces/a/tasks", "{\"namespace\":\"b\"}")))
                .containsOnlyKeys("namespace");
        ok("POST", "/v1/namespaces/a/tasks", "{\"namespace\":\"a\"}");
    }

    @Test
    void query_unknownOrRepeatedOrWrong_isNamed() {
        Status status = refused(
                400,
                "GET",
                "/v1/namespaces/a/tasks?page_sise=3&page_size=x&node=a&node=b&states=ODD&namespace=b",
                null);
        assertThat(violations(status)).containsOnlyKeys("page_sise", "page_size", "node", "states", "namespace");
        assertThat(violations(refused(400, "POST", "/v1/namespaces/a/tasks?task_id=x", "{}")))
                .containsOnlyKeys("task_id");
    }

    @Test
    void path_unknownOrWrongMethod_saysWhatThereIs() {
        assertThat(refused(404, "GET", "/v1/nothing", null).getCode()).isEqualTo(5);
        assertThat(refused(404, "GET", "/", null).getCode()).isEqualTo(5);
        assertThat(refused(404, "GET", "/v1/namespaces//tasks", null).getCode()).isEqualTo(5);
        assertThat(refused(404, "POST", "/v1/namespaces/a/tasks/b:nothing", "{}")
                        .getCode())
                .isEqualTo(5);
        HttpResponse<String> wrong = server.json("PUT", "/v1/namespaces/a/tasks/b", "{}");
        assertThat(wrong.statusCode()).isEqualTo(405);
        assertThat(wrong.headers().firstValue("allow")).contains("DELETE, GET, PATCH");
        refused(405, "GET", "/v1/namespaces/a/tasks:claim", null);
        refused(400, "GET", "/v1/namespaces/a/tasks", "{}");
    }

    @Test
    void head_ofATask_hasNoBody() {
        ok("POST", "/v1/namespaces/head/tasks", "{\"task_id\":\"a\"}");
        HttpResponse<String> head = server.json("HEAD", "/v1/namespaces/head/tasks/a", null);
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(head.headers().firstValueAsLong("content-length").orElse(0)).isPositive();
        assertThat(server.json("HEAD", "/v1/namespaces/head/tasks/b", null).statusCode())
                .isEqualTo(404);
        assertThat(server.json("HEAD", "/v1/namespaces/head/tasks:watch", null).statusCode())
                .isEqualTo(405);
    }

    @Test
    void browser_pageOfAnotherSite_isRefused() {
        assertThat(refused(403, "POST", "/v1/namespaces/csrf/tasks", MAIL, "Origin", "https://evil.example")
                        .getCode())
                .isEqualTo(7);
        ok("POST", "/v1/namespaces/csrf/tasks", MAIL, "Origin", "http://127.0.0.1:" + server.server.port());
        String listed = ok("GET", "/v1/namespaces/csrf/tasks", null).body();
        assertThat(parsed(listed, ListTasksResponse.getDefaultInstance()).getTasksCount())
                .isEqualTo(1);
    }

    @Test
    void timeout_malformed_isRefused() {
        for (String bad : List.of("-1s", "soon", "1h", "", "99999999999999999999")) {
            Status status = refused(400, "GET", "/v1/namespaces/a/tasks", null, "X-Request-Timeout", bad);
            assertThat(violations(status)).containsOnlyKeys("X-Request-Timeout");
        }
        assertThat(refused(504, "GET", "/v1/namespaces/a/tasks", null, "X-Request-Timeout", "0")
                        .getCode())
                .isEqualTo(4);
        ok("GET", "/v1/namespaces/a/tasks", null, "X-Request-Timeout", "2.5s");
        ok("GET", "/v1/namespaces/a/tasks", null, "X-Request-Timeout", "99999999m");
    }

    @Test
    void http2_clearText_works() throws Exception {
        HttpClient http2 =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
        HttpResponse<String> response = http2.send(
                HttpRequest.newBuilder(URI.create(server.uri("/v1/namespaces/h2/tasks")))
                        .POST(HttpRequest.BodyPublishers.ofString(MAIL))
                        .build(),
                BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
    }

    @Test
    void errors_rules_haveTheirHttpCodes() {
        ok("POST", "/v1/namespaces/codes/tasks", "{\"task_id\":\"a\"}");
        assertThat(reason(refused(409, "POST", "/v1/namespaces/codes/tasks", "{\"task_id\":\"a\"}")))
                .isEqualTo("ALREADY_EXISTS");
        assertThat(reason(refused(404, "GET", "/v1/namespaces/codes/tasks/b", null)))
                .isEqualTo("NOT_FOUND");
        assertThat(reason(refused(409, "DELETE", "/v1/namespaces/codes/tasks/a?etag=999", null)))
                .isEqualTo("VERSION_MISMATCH");
        assertThat(reason(refused(400, "POST", "/v1/namespaces/codes/tasks/a:complete", "{}")))
                .isEqualTo("ILLEGAL_TRANSITION");
        server.store.overload(1);
        HttpResponse<String> busy = server.json("POST", "/v1/namespaces/codes/tasks", "{}");
        assertThat(busy.statusCode()).isEqualTo(429);
        assertThat(busy.headers().firstValue("retry-after")).contains("1");
        server.store.refuse(1);
        assertThat(reason(refused(503, "POST", "/v1/namespaces/codes/tasks", "{}")))
                .isEqualTo("NOT_APPLIED");
        server.store.applyThenLoseAck(1);
        assertThat(reason(refused(500, "POST", "/v1/namespaces/codes/tasks", "{}")))
                .isEqualTo("MAYBE_APPLIED");
    }
}
