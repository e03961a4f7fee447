import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.model.CloudWatchException;
import software.amazon.awssdk.services.cloudwatch.model.ComparisonOperator;
import software.amazon.awssdk.services.cloudwatch.model.MetricDatum;
import software.amazon.awssdk.services.cloudwatch.model.StateValue;
import software.amazon.awssdk.services.cloudwatch.model.Statistic;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;
import software.amazon.awssdk.services.dynamodb.model.TransactionCanceledException;
import software.amazon.awssdk.services.elasticloadbalancingv2.ElasticLoadBalancingV2Client;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.TargetTypeEnum;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.TargetGroupNotFoundException;
import software.amazon.awssdk.services.globalaccelerator.GlobalAcceleratorClient;
import software.amazon.awssdk.services.globalaccelerator.model.AcceleratorNotFoundException;
import software.amazon.awssdk.services.globalaccelerator.model.AcceleratorStatus;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.iam.model.NoSuchEntityException;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.LogType;
import software.amazon.awssdk.services.lambda.model.Runtime;
import software.amazon.awssdk.services.route53.Route53Client;
import software.amazon.awssdk.services.route53.model.NoSuchHostedZoneException;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sts.StsClient;

/**
 * One session of a user of the AWS SDK for Java 2: make a function, a table, an accelerator and
 * metrics, read every kind of answer, take it all down. Prints a line for each step; any surprise
 * ends it.
 */
public final class Session {
    private static final Region HOME = Region.EU_CENTRAL_1;
    private static final String NAME = "java-" + Long.toHexString(System.nanoTime() & 0xffffffffL);
    private static final Deque<Runnable> UNDO = new ArrayDeque<>();

    public static void main(String[] args) throws Exception {
        try {
            identity();
            function(role());
            targetGroup();
            accelerator();
            table();
            metrics();
            refusals();
        } finally {
            while (!UNDO.isEmpty()) UNDO.pop().run();
            System.out.println("ok removal");
        }
    }

    private static void identity() {
        String account = StsClient.builder().region(HOME).build().getCallerIdentity().account();
        check(account.matches("\\d{12}"), account);
        done("identity");
    }

    private static String role() {
        IamClient client = IamClient.builder().region(Region.AWS_GLOBAL).build();
        String trust =
                "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
                        + "{\"Service\":\"lambda.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}";
        String arn = client.createRole(r -> r.roleName(NAME).assumeRolePolicyDocument(trust)).role().arn();
        UNDO.push(() -> client.deleteRole(r -> r.roleName(NAME)));
        client.waiter().waitUntilRoleExists(r -> r.roleName(NAME));
        String policy = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
        client.attachRolePolicy(r -> r.roleName(NAME).policyArn(policy));
        UNDO.push(() -> client.detachRolePolicy(r -> r.roleName(NAME).policyArn(policy)));
        fails(NoSuchEntityException.class, () -> client.getRole(r -> r.roleName(NAME + "-none")));
        done("role");
        return arn;
    }

    private static void function(String role) {
        LambdaClient client = LambdaClient.builder().region(HOME).build();
        byte[] zip = Base64.getDecoder().decode(System.getenv("FUNCTION_ZIP"));
        client.createFunction(
                r -> r.functionName(NAME).role(role).runtime(Runtime.PYTHON3_12).handler("handler.handle")
                        .code(c -> c.zipFile(SdkBytes.fromByteArray(zip)))
                        .environment(e -> e.variables(Map.of("GREETING", "hello"))));
        UNDO.push(() -> client.deleteFunction(r -> r.functionName(NAME)));
        client.waiter().waitUntilFunctionActiveV2(r -> r.functionName(NAME));
        var answer = client.invoke(r -> r.functionName(NAME).logType(LogType.TAIL).payload(SdkBytes.fromUtf8String("{}")));
        check(answer.statusCode() == 200 && answer.functionError() == null, answer);
        check(answer.payload().asUtf8String().contains("hello from eu-central-1"), answer.payload());
        check(new String(Base64.getDecoder().decode(answer.logResult())).contains("REPORT RequestId"), "no log");
        fails(
                software.amazon.awssdk.services.lambda.model.ResourceNotFoundException.class,
                () -> client.invoke(r -> r.functionName(NAME + "-none")));
        done("function");
    }

    private static void targetGroup() {
        ElasticLoadBalancingV2Client client = ElasticLoadBalancingV2Client.builder().region(HOME).build();
        String arn = client.createTargetGroup(r -> r.name(NAME).targetType(TargetTypeEnum.LAMBDA)).targetGroups().get(0).targetGroupArn();
        UNDO.push(() -> client.deleteTargetGroup(r -> r.targetGroupArn(arn)));
        check(client.describeTargetGroups(r -> r.names(NAME)).targetGroups().size() == 1, NAME);
        fails(TargetGroupNotFoundException.class, () -> client.describeTargetGroups(r -> r.names(NAME + "-no")));
        done("target group");
    }

    private static void accelerator() throws InterruptedException {
        GlobalAcceleratorClient client = GlobalAcceleratorClient.builder().region(Region.US_WEST_2).build();
        String arn = client.createAccelerator(r -> r.name(NAME).idempotencyToken(NAME)).accelerator().acceleratorArn();
        UNDO.push(() -> {
            client.updateAccelerator(r -> r.acceleratorArn(arn).enabled(false));
            awaitDeployed(client, arn);
            client.deleteAccelerator(r -> r.acceleratorArn(arn));
        });
        awaitDeployed(client, arn);
        check(client.describeAccelerator(r -> r.acceleratorArn(arn)).accelerator().ipSets().get(0).ipAddresses().size() == 2, arn);
        fails(AcceleratorNotFoundException.class, () -> client.describeAccelerator(r -> r.acceleratorArn(arn + "0")));
        done("accelerator");
    }

    private static void awaitDeployed(GlobalAcceleratorClient client, String arn) {
        Instant deadline = Instant.now().plusSeconds(60);
        while (client.describeAccelerator(r -> r.acceleratorArn(arn)).accelerator().status() != AcceleratorStatus.DEPLOYED)
            check(Instant.now().isBefore(deadline), "the accelerator stays IN_PROGRESS");
    }

    private static void table() {
        DynamoDbClient client = DynamoDbClient.builder().region(HOME).build();
        client.createTable(
                r -> r.tableName(NAME).billingMode(BillingMode.PAY_PER_REQUEST)
                        .attributeDefinitions(a -> a.attributeName("id").attributeType(ScalarAttributeType.S))
                        .keySchema(k -> k.attributeName("id").keyType(KeyType.HASH)));
        client.waiter().waitUntilTableExists(r -> r.tableName(NAME));
        UNDO.push(() -> client.waiter().waitUntilTableNotExists(r -> r.tableName(NAME)));
        UNDO.push(() -> client.deleteTable(r -> r.tableName(NAME)));
        Map<String, AttributeValue> key = Map.of("id", AttributeValue.builder().s("a").build());
        SdkBytes bytes = SdkBytes.fromByteArray(new byte[] {0, (byte) 255});
        client.putItem(
                r -> r.tableName(NAME).item(Map.of("id", AttributeValue.builder().s("a").build(), "picture", AttributeValue.fromB(bytes))));
        check(client.getItem(r -> r.tableName(NAME).key(key)).item().get("picture").b().equals(bytes), "binary");
        var updated = client.updateItem(
                r -> r.tableName(NAME).key(key).updateExpression("SET hits = if_not_exists(hits, :zero) + :one")
                        .expressionAttributeValues(Map.of(":zero", AttributeValue.fromN("0"), ":one", AttributeValue.fromN("1")))
                        .returnValues(ReturnValue.UPDATED_NEW));
        check(updated.attributes().get("hits").n().equals("1"), updated);
        fails(
                ConditionalCheckFailedException.class,
                () -> client.putItem(r -> r.tableName(NAME).item(key).conditionExpression("attribute_not_exists(id)")));
        TransactWriteItem refused = TransactWriteItem.builder()
                .put(p -> p.tableName(NAME).item(key).conditionExpression("attribute_not_exists(id)")).build();
        var cancelled = fails(TransactionCanceledException.class, () -> client.transactWriteItems(r -> r.transactItems(refused)));
        check(cancelled.cancellationReasons().get(0).code().equals("ConditionalCheckFailed"), cancelled);
        check(client.scanPaginator(r -> r.tableName(NAME)).items().stream().count() == 1, "scan");
        done("table");
    }

    private static void metrics() {
        CloudWatchClient client = CloudWatchClient.builder().region(HOME).build();
        Instant now = Instant.ofEpochSecond(Instant.now().getEpochSecond());
        MetricDatum datum = MetricDatum.builder().metricName("Orders").timestamp(now).value(1.5).build();
        client.putMetricData(r -> r.namespace("Shop/" + NAME).metricData(Collections.nCopies(300, datum)));
        double sum = client.getMetricStatistics(
                        r -> r.namespace("Shop/" + NAME).metricName("Orders").period(3600).statistics(Statistic.SUM)
                                .startTime(now.minus(Duration.ofMinutes(10))).endTime(now.plus(Duration.ofMinutes(10))))
                .datapoints().stream().mapToDouble(p -> p.sum()).sum();
        check(sum == 450, sum);
        client.putMetricAlarm(
                r -> r.alarmName(NAME).namespace("Shop").metricName("Orders").statistic(Statistic.SUM).period(60)
                        .evaluationPeriods(1).threshold(0.5).comparisonOperator(ComparisonOperator.GREATER_THAN_THRESHOLD));
        check(client.describeAlarms(r -> r.alarmNames(NAME)).metricAlarms().get(0).threshold() == 0.5, NAME);
        client.deleteAlarms(r -> r.alarmNames(List.of(NAME)));
        var missing = fails(
                CloudWatchException.class,
                () -> client.setAlarmState(r -> r.alarmName(NAME).stateValue(StateValue.OK).stateReason("x")));
        check(missing.awsErrorDetails().errorCode().equals("ResourceNotFound"), missing);
        done("metrics");
    }

    private static void refusals() {
        Route53Client zones = Route53Client.builder().region(Region.AWS_GLOBAL).build();
        fails(NoSuchHostedZoneException.class, () -> zones.getHostedZone(r -> r.id("Z0000000000000")));
        SqsClient queues = SqsClient.builder().region(HOME).build();
        var refused = fails(AwsServiceException.class, () -> queues.createQueue(r -> r.queueName(NAME)));
        check(refused.awsErrorDetails().errorCode().equals("NotImplemented"), refused);
        check(refused.getMessage().contains("docs/services.md"), refused);
        check(refused.numAttempts() == 1, refused.numAttempts());
        done("refusals");
    }

    private static <E extends AwsServiceException> E fails(Class<E> kind, Callable<?> work) {
        try {
            work.call();
        } catch (Exception error) {
            check(kind.isInstance(error), error);
            check(kind.cast(error).requestId() != null, "an error without a request id: " + error);
            return kind.cast(error);
        }
        throw new AssertionError("no " + kind.getSimpleName());
    }

    private static void check(boolean ok, Object seen) {
        if (!ok) throw new AssertionError(seen);
    }

    private static void done(String step) {
        System.out.println("ok " + step);
    }
}
