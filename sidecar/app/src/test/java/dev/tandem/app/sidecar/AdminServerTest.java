package dev.tandem.app.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.app.config.HostPort;
import dev.tandem.app.config.SidecarConfig;
import dev.tandem.app.metrics.Metrics;
import dev.tandem.testkit.HttpClients;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdminServerTest {
    private static final String TOKEN = "0123456789abcdef";

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() throws Exception {
        SidecarCalls.await(vertx.close());
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 127.0.0.1, true",
        "127.8.8.8, 127.0.0.1, true",
        "::1, ::1, true",
        "10.0.0.1, 10.0.0.1, true",
        "10.0.0.2, 10.0.0.1, false",
        "fe80::2, fe80::1, false",
        "128.0.0.1, 127.0.0.1, false",
        "a.name, 127.0.0.1, false",
    })
    void isFromHere_eachCaller_isTheMachineItselfOrNot(String remote, String local, boolean expected) {
        assertThat(AdminServer.isFromHere(remote, local)).isEqualTo(expected);
    }

    private String serve(@Nullable String token) throws Exception {
        List<AdminServer.Extra> pages = List.of(
                new AdminServer.Page(HttpMethod.GET, "/look", Future::succeededFuture),
                new AdminServer.Page(HttpMethod.POST, "/change", Future::succeededFuture),
                new AdminServer.Page(HttpMethod.POST, "/bug", given -> {
                    throw new IllegalStateException("a bug");
                }),
                new AdminServer.Stream(
                        HttpMethod.GET, "/give", request -> AdminServer.answer(request, 200, new JsonObject())),
                new AdminServer.Stream(
                        HttpMethod.POST, "/take", request -> AdminServer.answer(request, 200, new JsonObject())));
        AdminServer admin = SidecarCalls.await(AdminServer.start(
                vertx,
                new HostPort("127.0.0.1", 0),
                new Metrics("1"),
                () -> Future.succeededFuture(""),
                new JsonObject(),
                new AdminToken(token == null ? null : new SidecarConfig.AdminToken(token)),
                pages));
        return "http://127.0.0.1:" + admin.port();
    }

    private static HttpResponse<String> send(String url, String method, @Nullable String token) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url))
                .header("content-type", "application/json")
                .method(method, BodyPublishers.ofString(method.equals("GET") ? "" : "{\"a\": 1}"));
        if (token != null) {
            request.header("authorization", "Bearer " + token);
        }
        return HttpClients.http1().send(request.build(), BodyHandlers.ofString());
    }

    @ParameterizedTest
    @CsvSource({"GET, /look, 200", "GET, /give, 200", "POST, /change, 401", "POST, /take, 401", "GET, /healthz, 200"})
    void page_tokenIsConfigured_isAskedOfWhatChangesSomething(String method, String path, int without)
            throws Exception {
        String open = serve(null);
        String guarded = serve(TOKEN);

        assertThat(send(open + path, method, null).statusCode()).isEqualTo(200);
        assertThat(send(guarded + path, method, null).statusCode()).isEqualTo(without);
        assertThat(send(guarded + path, method, "not" + TOKEN).statusCode()).isEqualTo(without);
        assertThat(send(guarded + path, method, TOKEN).statusCode()).isEqualTo(200);
    }

    @Test
    void page_get_hasItsParameters() throws Exception {
        assertThat(new JsonObject(
                        send(serve(null) + "/look?a=1&b=x%20y", "GET", null).body()))
                .isEqualTo(new JsonObject().put("a", "1").put("b", "x y"));
    }

    @Test
    void page_thatFailsByABug_isNoRefusal() throws Exception {
        HttpResponse<String> answer = send(serve(null) + "/bug", "POST", null);

        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(new JsonObject(answer.body()))
                .isEqualTo(new JsonObject().put("error", "a bug").put("maybe_applied", true));
    }
}
