package dev.tandem.app.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.client.ClientOptions;
import dev.tandem.client.TandemClient;
import dev.tandem.testkit.HttpClients;
import dev.tandem.v1.ClaimTasksRequest;
import dev.tandem.v1.CompleteTaskRequest;
import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.GetTaskRequest;
import dev.tandem.v1.Task;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.health.v1.HealthCheckRequest;
import io.vertx.grpc.health.v1.HealthCheckResponse;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Calls to sidecars in this process, in one namespace. */
final class SidecarCalls {
    static final int SECONDS_MAX = 60;
    private static final ServiceMethod<HealthCheckResponse, HealthCheckRequest> CHECK = ServiceMethod.client(
            ServiceName.create("grpc.health.v1.Health"),
            "Check",
            GrpcMessageEncoder.encoder(),
            GrpcMessageDecoder.decoder(HealthCheckResponse.getDefaultInstance()));

    private final Vertx vertx;
    private final String namespace;
    private final String tasks;
    private final HttpClient http = HttpClients.http1();

    SidecarCalls(Vertx vertx, String namespace) {
        this.vertx = vertx;
        this.namespace = namespace;
        tasks = "/v1/namespaces/" + namespace + "/tasks";
    }

    HttpClient http() {
        return http;
    }

    /** The one in the README, and what goes wrong in it; then by gRPC. With the times taken out. */
    List<String> session(Sidecar sidecar) throws Exception {
        List<String> answers = new ArrayList<>();
        HttpResponse<String> created = post(sidecar, tasks, "{\"task\": {\"queue\": \"mail\", \"payload\": \"aGk=\"}}");
        String id = new JsonObject(created.body()).getString("task_id");
        answers.add(shown(created, id));
        HttpResponse<String> claimed = post(
                sidecar,
                tasks + ":claim",
                "{\"queues\": [\"mail\"], \"worker_id\": \"w1\", \"lease_duration\": \"30s\"}");
        answers.add(shown(claimed, id));
        String token = new JsonObject(claimed.body())
                .getJsonArray("tasks")
                .getJsonObject(0)
                .getJsonObject("lease")
                .getString("token");
        answers.add(shown(post(sidecar, tasks + "/" + id + ":complete", "{\"token\": \"" + token + "\"}"), id));
        String another = Long.toString(Long.parseLong(token) + 1);
        answers.add(shown(post(sidecar, tasks + "/" + id + ":complete", "{\"token\": \"" + another + "\"}"), id));
        answers.add(shown(get(sidecar, tasks + "?states=SUCCEEDED"), id));
        answers.add(shown(get(sidecar, tasks + ":count"), id));
        answers.add(shown(get(sidecar, tasks + "/none"), id));
        answers.add(shown(post(sidecar, tasks, "{\"task_id\": \"" + id + "\", \"task\": {\"queue\": \"other\"}}"), id));
        try (TandemClient client = client(sidecar)) {
            answers.add(shown(await(client.tasks()
                    .createTask(CreateTaskRequest.newBuilder()
                            .setTaskId("g")
                            .setTask(Task.newBuilder().setQueue("grpc").putLabels("a", "b"))
                            .build()))));
            Task got = await(client.tasks()
                            .claimTasks(ClaimTasksRequest.newBuilder()
                                    .addQueues("grpc")
                                    .setWorkerId("w")
                                    .build()))
                    .getTasks(0);
            answers.add(shown(got));
            answers.add(shown(await(client.tasks()
                    .completeTask(CompleteTaskRequest.newBuilder()
                            .setTaskId("g")
                            .setToken(got.getLease().getToken())
                            .build()))));
            answers.add(shown(await(client.tasks()
                    .getTask(GetTaskRequest.newBuilder().setTaskId("g").build()))));
        }
        answers.add(shown(http.send(request(sidecar, tasks + "/" + id).DELETE().build(), BodyHandlers.ofString()), id));
        return answers;
    }

    private static String shown(HttpResponse<String> answer, String id) {
        return answer.statusCode() + " "
                + answer.body().replace(id, "ID").replaceAll("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z", "TIME");
    }

    private static String shown(Task task) {
        // A time at a full second is printed without nanos.
        return task.toString().replaceAll("seconds: \\d+(\\s+nanos: \\d+)?", "TIME");
    }

    TandemClient client(Sidecar sidecar) {
        return TandemClient.connect(
                vertx,
                ClientOptions.DEFAULT.withAddress(sidecar.address().toString()).withNamespace(namespace));
    }

    String health(Sidecar sidecar) throws Exception {
        GrpcClient client = GrpcClient.client(vertx);
        try {
            return await(client.request(
                            SocketAddress.inetSocketAddress(sidecar.address().port(), "127.0.0.1"), CHECK)
                    .compose(request -> request.send(HealthCheckRequest.getDefaultInstance()))
                    .compose(response -> response.last())
                    .map(said -> said.getStatus().name()));
        } finally {
            await(client.close());
        }
    }

    HttpResponse<String> admin(Sidecar sidecar, String path) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create("http://" + sidecar.adminAddress() + path))
                        .build(),
                BodyHandlers.ofString());
    }

    /** Null if nobody listens there. */
    @Nullable
    HttpResponse<String> tryGet(String address, String path) throws IOException, InterruptedException {
        try {
            return http.send(
                    HttpRequest.newBuilder(URI.create("http://" + address + path))
                            .build(),
                    BodyHandlers.ofString());
        } catch (ConnectException e) {
            return null;
        }
    }

    HttpResponse<String> get(Sidecar sidecar, String path) throws IOException, InterruptedException {
        return http.send(request(sidecar, path).build(), BodyHandlers.ofString());
    }

    HttpResponse<String> post(Sidecar sidecar, String path, String body) throws IOException, InterruptedException {
        return http.send(
                request(sidecar, path).POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    HttpRequest.Builder request(Sidecar sidecar, String path) {
        return HttpRequest.newBuilder(URI.create("http://" + sidecar.address() + path))
                .timeout(Duration.ofSeconds(SECONDS_MAX));
    }

    static void awaitThat(String what, Callable<Boolean> condition) throws Exception {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
        while (!condition.call()) {
            assertThat(System.nanoTime()).as("not in time: " + what).isLessThan(until);
        }
    }

    static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(SECONDS_MAX, TimeUnit.SECONDS);
    }
}
