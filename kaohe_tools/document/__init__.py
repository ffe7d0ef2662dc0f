"""Official documents in Word, from results and templates that an office can restyle: 公示, 通报, 考核工作报告.

In the order of work: calendar (working days), phrases (words they share), publicity, notice, compare and work_report
(what each template may use), columns and filling (templates to documents), paper and bundled (the templates that come
with the package), making (which documents a case gets). No score, rank or grade is worked out here.
"""

from kaohe_tools.document.making import Written, chosen_templates, write_documents

__all__ = ["Written", "chosen_templates", "write_documents"]
