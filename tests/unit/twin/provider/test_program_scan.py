"""Types that a program names."""

from pathlib import Path

from twin.provider.program_scan import find_program_tokens


def write_program(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / f"{name.replace('__in__', '/')}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return root


def test_every_way_to_import_is_understood(tmp_path: Path) -> None:
    main = """
import pulumi_aws as aws
import pulumi_aws
import pulumi_aws.route53 as dns
from pulumi_aws import lambda_, sns as topics
from pulumi_aws.dynamodb import Table, TableReplicaUpdateArgs

aws.sqs.Queue("q")
pulumi_aws.get_region()
dns.Zone("z")
lambda_.Function("f", environment=lambda_.FunctionEnvironmentArgs())
topics.Topic("t")
aws.ec2.get_vpc_output(default=True)
"""

    tokens = find_program_tokens(write_program(tmp_path, __main__=main))

    assert tokens == {
        "aws:sqs/queue:Queue",
        "aws:index/getRegion:getRegion",
        "aws:route53/zone:Zone",
        "aws:lambda/function:Function",
        "aws:sns/topic:Topic",
        "aws:dynamodb/table:Table",
        "aws:ec2/getVpc:getVpc",
    }


def test_the_program_s_own_modules_are_read_and_no_others(tmp_path: Path) -> None:
    root = write_program(
        tmp_path,
        __main__="from parts import front\nimport other",
        parts__in__front="from . import back\nimport pulumi_aws as aws\naws.sqs.Queue('q')",
        parts__in__back="import pulumi_aws as aws\naws.sns.Topic('t')",
        other="import pulumi_aws as aws\naws.ec2.Vpc('v')\nthis is no Python",
        unused="import pulumi_aws as aws\naws.s3.Bucket('b')",
    )

    assert find_program_tokens(root) == {"aws:sqs/queue:Queue", "aws:sns/topic:Topic"}


def test_a_folder_without_a_program_names_none(tmp_path: Path) -> None:
    assert find_program_tokens(tmp_path) == frozenset()


def test_what_python_nests_too_deeply_for_itself_is_left_to_it(tmp_path: Path) -> None:
    root = write_program(
        tmp_path,
        __main__="import sums\nimport pulumi_aws as aws\naws.sqs.Queue('q')\naws" + ".a" * 950,
        sums="x = 1" + " + 1" * 5000,
    )

    assert find_program_tokens(root) == {"aws:sqs/queue:Queue"}
